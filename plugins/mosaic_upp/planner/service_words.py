"""The words of the service pattern, as data: what its work is said to do, and what goes beyond it."""

from __future__ import annotations

import re
from collections.abc import Sequence

from ..reading.telling import vocabulary

MORE = re.compile(
    r"\b(?:search\w*|filter\w*|sort\w*|order(?:ed)? by|paginat\w*|auth(?:enticat\w*|oriz\w*"
    r"|ori[sz]ation)?|log(?:s|ged)?[ -]?(?:in|out)|sign(?:s|ed)?[ -]?(?:in|up|out)"
    r"|password\w*|tokens?|jwt|oauth\w*|roles?|permissions?"
    r"|admins? only|e-?mail(?:s|ed)? (?:to|when|is sent)|send\w*|notif\w*|remind\w*|pay\w*"
    r"|checkout|refund\w*|invoice\w*|upload\w*|download\w*|images?|photos?|export\w*"
    r"|import\w*|reports?|statistics|charts?"
    r"|rate[- ]limit\w*|cach\w*|milliseconds?|ms|seconds?|p9\d|latency|throughput"
    r"|concurren\w*|users at once|docker\w*|kubernetes|container\w*|deploy\w*|ci|pipeline"
    r"|coverage|percent|\d+ ?%|accessib\w*|wcag"
    r"|responsive|mobile|browser\w*|i18n|locali[sz]\w*|translat\w*|logging|metrics?"
    r"|monitor\w*|audit\w*|backups?|encrypt\w*|https|tls|gdpr|privacy|recommend\w*|rank\w*"
    r"|average|total|sum|discount\w*|stock levels?"
    r"|history|schedul\w*|queue\w*|webhook\w*|websocket\w*|realtime|real[- ]time|graphql"
    r"|grpc|soft[- ]delete\w*|undo|version\w*|lock\w*|review\w*|favou?rit\w*|wish ?list|cart"
    r"|ui|pages?|screens?|dashboard|frontend)\b",
    re.IGNORECASE,
)
VERBS: Sequence[tuple[str, str]] = (
    (
        "create",
        (
            r"\b(?:add|adds|create|creates|creating|creation|adding|place|places|placing"
            r"|register|registers|enter|enters|record|records|submit|new|post)\b"
        ),
    ),
    (
        "update",
        (
            r"\b(?:edit|edits|update|updates|updating|editing|change|changes|changing|modify"
            r"|modifies|correct|corrects|mark|marks|put|patch)\b"
        ),
    ),
    ("delete", r"\b(?:delete|deletes|deleting|deletion|remove|removes|removing|drop)\b"),
    ("list", r"\b(?:list|lists|listing|browse|browses|browsing|all|overview|catalogue|catalog)\b"),
    (
        "get",
        (
            r"\b(?:view|views|viewing|see|sees|read|reads|reading|show|shows|look up|looks up"
            r"|retrieve|retrieves|returns?|details?|open|fetch|get)\b"
        ),
    ),
)
CRUD = re.compile(r"\b(?:crud|manage|manages|maintain|maintains|keep|keeps|managing)\b", re.IGNORECASE)
CRUD_ACTIONS = ("list", "get", "create", "update", "delete")
TOPICS: Sequence[tuple[str, str]] = (
    (
        "openapi",
        r"\bopen ?api\b|\bapi (?:documentation|docs|description|specification)\b|\bmachine[- ]readable\b",
    ),
    (
        "documentation",
        r"\breadme\b|\bset[- ]?up\b|\binstall\w*|\bhow to (?:run|start|test|use)\b|\bdocument(?:s|ed|ation)\b",
    ),
    (
        "server",
        (
            r"\b(?:start(?:s|ed)?|run(?:s|ning)?|serv(?:e|es|ed)) (?:with|by|from) (?:one|a "
            r"single) command\b|\bhealth\b|\blive server\b|\bfrom a clean (?:checkout|clone)\b"
            r"|\ball tests pass\b|\bwhole (?:test )?suite\b"
        ),
    ),
    (
        "validation",
        (
            r"\bvalidat\w*|\binvalid\b|\breject\w*|\brefuse[sd]?\b|\bmalformed\b|\bmissing "
            r"(?:required )?fields?\b|\bbad input\b|\bbad data\b"
        ),
    ),
    (
        "missing",
        r"\b404\b|\bnot found\b|\bunknown (?:id|identifier|record)s?\b|\bdoes not exist\b|\bdo not exist\b",
    ),
    ("tests", r"\btest(?:s|ed|ing)?\b"),
    ("database", r"\bpersist\w*|\bsqlite\b|\bsurviv\w*|\bdatabase\b|\bstored?\b|\brestart\w*"),
    (
        "project",
        (
            r"\bpython\b|\bflask\b|\bpytest\b|\bpackage\b|\bpyproject\b|\bfoundation\b"
            r"|\bskeleton\b|\bproject lay-?out\b|\bsqlalchemy\b|\bjson (?:api|over http)\b"
            r"|\brest(?:ful)?\b|\bjson\b"
        ),
    ),
)


MILESTONES: Sequence[tuple[str, str]] = (
    ("foundation", r"\b(?:foundation|skeleton|set[- ]?up|project)\b"),
    ("database", r"\bdatabase\b"),
    ("data", r"\b(?:models?|data|validation|rules|tables?|storage)\b"),
    ("openapi", r"\bopen ?api(?: document)?\b"),
    ("api", r"\b(?:api|endpoints?|routes?|crud|service)\b"),
    ("release", r"\b(?:release|server|live|test(?:s|ing|ed)?)\b"),
    ("documentation", r"\b(?:document\w*|readme|docs)\b"),
)
NUMBERED = re.compile(
    r"^\s*(?:phase|milestone|sprint|week|month|step|m)s?\s*\d+(?:\s*[-–]\s*\d+)?\b", re.IGNORECASE
)
OF_EVERY_SERVICE = vocabulary(
    (
        "user person people staff customer client caller consumer record resource entry entity object endpoint",
        "route request response answer answered field value message wrong right data input body model",
        "api service server http json rest crud information detail attribute property id identifier",
        "document name names cover life cycle error describe",
    )
)
"""Words by which documents speak of any service, and which ask for nothing beyond it."""
