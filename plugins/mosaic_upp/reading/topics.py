"""What a heading or a label announces. Owns the words; refuses to look at what stands below."""

from __future__ import annotations

import enum
import functools
import re
from collections.abc import Sequence

from .endpoints import routes_in


class Topic(enum.Enum):
    """What a section is about; the value is the kind of requirement that its lines are."""

    OUT = "out of scope"
    ABOUT = "about"
    ASIDE = "aside"
    EXAMPLE = "example"
    STORY = "story"
    ENDPOINT = "endpoint"
    MODEL = "model"
    PAGE = "page"
    TEST = "test"
    QUALITY = "quality"
    CRITERION = "criterion"
    MILESTONE = "milestone"
    DOCUMENTATION = "documentation"
    TECHNOLOGY = "technology"
    FEATURE = "feature"


_WORDS: Sequence[tuple[Topic, str]] = (
    (
        Topic.OUT,
        (
            r"(?:out|outside) (?:of )?(?:the )?scope|not in (?:the )?scope|non[- ]?goals?|non[- "
            r"]?objectives?|exclusions?|excluded"
            r"|won'?t (?:have|do|build|be)|will not (?:have|do|build|be|include)|not (?:planned"
            r"|included|goals?|building|doing)"
            r"|what (?:it|we|this) (?:is|are|does|do|will) ?n[o']t|future (?:work|enhancements?"
            r"|considerations?|scope|ideas|improvements?|versions?|releases?|features?)"
            r"|deferred|parking lot|nice[- ]to[- ]have later|post[- ]mvp|beyond (?:the )?(?:mvp"
            r"|scope)|anti[- ]goals?|icebox|nicht[- ]?ziele|abgrenzung"
            r"|au(?:ß|ss)erhalb des (?:umfangs|projekts)"
        ),
    ),
    (
        Topic.CRITERION,
        (
            r"acceptance(?: criteria| tests?)?|success|definition of done|criteria|kpis?|exit "
            r"conditions?|check ?list|(?:key |success |north star )metrics?|akzeptanzkriterien|erfolgskriterien"
        ),
    ),
    (
        Topic.ASIDE,
        (
            r"(?:intended |target )?(?:audience|readers?)|document conventions"
            r"|who (?:is|are) (?:this|it|they) for"
            r"|glossary|terminology|definitions?|abbreviations|acronyms|conventions used|references?"
            r"|open (?:questions?|issues)|questions|faq|(?:revision|version|document) history|change ?log"
            r"|table of contents|contents|customer segments?|channels?|revenue streams?|cost structure"
            r"|unfair advantage|value propositions?|problem(?: statement)?|background|competitors?"
            r"|competition|market(?: analysis)?|business model|moneti[sz]ation|pricing|alternatives"
            r"|personas?|stakeholders?|sign[- ]?off|approvals?|glossar|einleitung|hintergrund"
        ),
    ),
    (Topic.EXAMPLE, r"examples?|samples?"),
    (
        Topic.STORY,
        (
            r"(?:user )?stor(?:y|ies)|use[- ]cases?|scenarios?|jobs? to be done|user needs?"
            r"|benutzergeschichten|nutzergeschichten|anwendungsf(?:ä|ae)lle"
        ),
    ),
    (Topic.DOCUMENTATION, r"document(?:ation|ing)(?: requirements?)?|docs|manuals?|user guides?"),
    (Topic.TEST, r"tests?|testing|test plan|qa|quality assurance|verification|validation plan"),
    (
        Topic.MILESTONE,
        (
            r"milestones?|phases?|road ?map|timeline|schedule|release plan|rollout|launch plan"
            r"|meilensteine?|zeitplan|sprints?|iterations?|delivery plan|deliverables?"
            r"|development plan|implementation plan"
        ),
    ),
    (
        Topic.QUALITY,
        (
            r"non[- ]?functional|quality|qualities|performance|security|accessibility|usability"
            r"|reliability|availability|scalability"
            r"|observability|logging|monitoring|compliance|privacy|ui/ux|ux|look and feel|error "
            r"handling|operations|operational|constraints?"
            r"|maintainability|portability|internationali[sz]ation|localization|nfrs?|gates?"
            r"|standards?|deployment|hosting|compatibility|art (?:style|direction)|visual style"
            r"|nicht[- ]?funktionale?|qualit(?:ä|ae)t\w*|sicherheit"
        ),
    ),
    (
        Topic.MODEL,
        (
            r"(?:data |domain |database |db |object |information )?(?:models?|schemas?)"
            r"|entit(?:y|ies)|database|data (?:structures?|design|dictionary|types?|objects?)"
            r"|tables?|domain objects?|domain|what we (?:store|keep)|storage|records?"
            r"|datenmodelle?|entit(?:ä|ae)ten"
        ),
    ),
    (
        Topic.TECHNOLOGY,
        (
            r"technolog(?:y|ies)|tech|tech(?:nical)? stack|stack|architecture|tools?|tooling"
            r"|dependencies|platforms?|frameworks?|languages?|technical choices?|implementation "
            r"notes?"
        ),
    ),
    (
        Topic.ENDPOINT,
        (
            r"(?:rest(?:ful)? |http |web |json )?apis?|end ?points?|routes?|operations exposed"
            r"|urls?|interface specification|endpunkte|schnittstellen"
        ),
    ),
    (
        Topic.PAGE,
        (
            r"pages?|screens?|views?|components?|front[- ]?end|user interfaces?|ui|wireframes?"
            r"|layouts?|navigation|widgets?|seiten|ansichten|oberfl(?:ä|ae)che"
        ),
    ),
    (
        Topic.FEATURE,
        (
            r"features?|functional|requirements?|capabilit(?:y|ies)|scope|must[- ]haves?"
            r"|should[- ]haves?|could[- ]haves?|mvp|functionality"
            r"|functions?|commands?|behaviou?rs?|rules?|business logic|workflows?|what (?:it|we"
            r"|users?|the \w+) (?:does|must|should|needs?|can|do|will)\b.*|needs?|goals?"
            r"|objectives?|specification|todo|tasks?|backlog|mechanics|gameplay|core loop|solution|analytics"
            r"|configuration|settings|integrations?|notifications?|inputs?|outputs?|processing(?: steps)?"
            r"|(?:user |customer )?journeys?|(?:user |main |key )flows?|p[0-3]|must ship|nice[- ]to[- ]haves?"
            r"|(?:software|hardware|external|communications?) interfaces?|edge cases?"
            r"|controls|in scope|anforderungen|funktionen|ziele"
        ),
    ),
    (
        Topic.ABOUT,
        (
            r"overview|introduction|intro|vision|background|purpose|summary|context|audience"
            r"|target (?:users?|market)|personas?|glossary"
            r"|terminology|references?|appendix|appendices|revision(?: history)?|change ?log"
            r"|history|version|stakeholders?|assumptions?|risks?"
            r"|table of contents|contents|open questions?|questions|about|problem(?: statement)?"
            r"|motivation|why|team|approvals?|sign[- ]?off|authors|contacts?|users?|market"
            r"|competitors?|abstract|notes?|metadata|links"
        ),
    ),
)
_PATTERNS = tuple(
    (topic, re.compile(rf"(?<![\w-])(?:{words})(?![\w-])", re.IGNORECASE)) for topic, words in _WORDS
)
_STRONG = (Topic.CRITERION, Topic.TEST, Topic.MILESTONE, Topic.DOCUMENTATION)
_PHASE = re.compile(r"(?:phase|milestone|sprint|iteration|release|stage)\s*[\w.]{1,5}\b", re.IGNORECASE)
_BOTH = re.compile(  # a section that holds both sides; those below it say which they are
    r"^((?:\w+ )?(?:goals?|objectives|scope|in[- ]scope|requirements))\s*(?:and|&|/|\+|,|vs\.?)\s*"
    r"(?:non[- ]?(?:goals?|objectives|requirements)|out[- ]of[- ]scope|exclusions?)$",
    re.IGNORECASE,
)
_PRIMARY = re.compile(
    r"^(?:key |core |main |product )?(?:overview|introduction|vision|summary)\b", re.IGNORECASE
)
_EXAMPLES_ONLY = re.compile(r"(?:request|response|usage|code|json|payload|curl|example)s?\b", re.IGNORECASE)


@functools.lru_cache(maxsize=4096)
def topic_of(title: str) -> Topic | None:
    """Say what one heading announces; None for a heading that only names something."""
    title = title.replace("’", "'").replace("—", "-").replace("–", "-").replace("‑", "-")
    if routes_in(title):
        return Topic.ENDPOINT
    if _PHASE.match(title) and not re.match(r"phase out", title, re.IGNORECASE):
        return Topic.MILESTONE
    both = _BOTH.match(title)
    if both:
        return topic_of(both[1])
    if _PRIMARY.match(title):
        return Topic.ABOUT
    for topic, pattern in _PATTERNS:
        match = pattern.search(title)
        if match is None:
            continue
        if topic is Topic.EXAMPLE and not _EXAMPLES_ONLY.search(title):
            continue
        return topic
    return None


def topic_of_path(path: Sequence[str]) -> Topic | None:
    """Say what a block is about from the headings and labels above it, outermost first."""
    topics = [topic_of(title) for title in path]
    if Topic.OUT in topics:
        return Topic.OUT
    found: Topic | None = None
    for topic in topics:
        if topic is None or (found in _STRONG and topic is not Topic.EXAMPLE):
            continue
        if found is Topic.STORY and topic in (Topic.FEATURE, Topic.ABOUT):
            continue
        found = topic
    return found
