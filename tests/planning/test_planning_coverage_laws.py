"""Laws of coverage: words that no pattern knows are never said to be served by one."""

import os

from hypothesis import assume, example, given, settings
from hypothesis import strategies as st
from planning_honesty import SERVICE, SHOP, general, planned, require_honest, said_by

from mosaic_hookspecs import InputError
from mosaic_upp.reading.telling import telling_words, unknown_words, vocabulary

COUNT = int(60 * float(os.environ.get("MOSAIC_CHAOS", "1")))

# Words that no pattern knows, in a few scripts; long enough not to be an article of some language.
nonsense = st.lists(
    st.one_of(
        st.text(alphabet="bcdfghjkmpqvwxz", min_size=5, max_size=10),
        st.text(alphabet="жщъыэюя", min_size=5, max_size=8),
        st.sampled_from(["zorble", "flumox", "quibbet", "птица", "鳥鳴声", "überschnork"]),
    ),
    min_size=1,
    max_size=6,
).map(" ".join)


def require_never_served_by_a_pattern(plan, words):
    told = set(telling_words(words))
    asked = [each for each in plan.requirements if told & set(telling_words(each.text))]
    assert asked
    unknown = general(plan)
    leaves = plan.leaves()
    for each in asked:
        assert each in unknown, each
        for leaf in leaves:
            if each.requirement_id in leaf.serves and not told & said_by(leaf):
                assert leaf.depends_on, leaf.title
    require_honest(plan)


@settings(max_examples=COUNT, deadline=None)
@example(words="zorble", goal=f"{SHOP}. {{}}")
@given(
    words=nonsense,
    goal=st.sampled_from(
        [
            f"{SHOP}. {{}}",
            f"{SHOP}; {{}}",
            f"{SHOP}, and users can {{}}",
            f"{SHOP} that {{}}",
            "A web app to track habits: {}",
            "Write a command-line tool that {}",
            "An ETL pipeline for sensor readings. It {}",
            "Write a Python library which {}",
        ]
    ),
)
def test_words_that_no_pattern_knows_are_never_served_by_one(words, goal):
    require_never_served_by_a_pattern(planned(goal=goal.format(words)), words)


@settings(max_examples=COUNT, deadline=None)
@given(
    words=nonsense,
    wish=st.sampled_from(
        [
            "Users can list books and {}",
            "Users can {} a book",
            "{}",
            "Data is stored and {}",
            "A book is {} on POST",
        ]
    ),
)
def test_words_of_a_document_that_no_pattern_knows_are_never_served_by_one(words, wish):
    text = SERVICE.format(wish=wish.format(words), more="")
    require_never_served_by_a_pattern(planned(text=text, source="PRD.md"), words)


@settings(max_examples=COUNT, deadline=None)
@given(st.text(max_size=120))
def test_any_goal_is_planned_honestly_or_refused(goal):
    try:
        plan = planned(goal=goal)
    except InputError as error:
        assert error.hint or error.expected  # noqa: PT017 - which of both it is, is the law
        return
    require_honest(plan)


@given(st.text(max_size=80))
def test_all_words_of_a_text_are_in_its_own_vocabulary(text):
    assume(text.strip())
    assert unknown_words(text, vocabulary((text,))) == ()
