"""Who is said to serve what: by words that are said, or by waiting for the work that says them."""

from pathlib import Path

import pytest
from planning_honesty import SERVICE, SHOP, general, planned, require_honest

from mosaic_hookspecs import RunRequest, Severity, Unavailable
from mosaic_upp.desk import Desk
from mosaic_upp.keeping import Keeping
from mosaic_upp.lint import Linter
from mosaic_upp.planner.rules import RulesPlanner
from mosaic_upp.sources import GoalSource

BIRDS = "A web app for a bird sanctuary: keepers log feedings, and send an e-mail to each keeper every morning"
# a goal; what no pattern is known for; words that no task may say, since nobody asked for them
GOALS = {
    BIRDS: (
        ["keepers log feedings", "send an e-mail to each keeper every morning"],
        ["sanctuaries", "the form"],
    ),
    "a mobile app that recognises birds by their song": (
        ["a mobile app that recognises birds by their song"],
        ["table", "page", "their songs"],
    ),
    SHOP: ([], []),
    f"{SHOP}, and email customers when an order ships": (
        ["email customers when an order ships"],
        ["email customers over", "email_customers"],
    ),
    f"{SHOP} using Django and PostgreSQL": ([], []),
    "A REST API with authentication, rate limiting and webhooks": (
        ["authentication", "rate limiting", "webhooks"],
        ["table", "list the"],
    ),
    "A REST API for a hospital with patients and doctors; only doctors may see a patient; access is audited": (
        ["only doctors may see a patient", "access is audited"],
        [],
    ),
    "A GraphQL API for products": (["A GraphQL API for products"], ["GET /products"]),
    "Make a Tetris game for the browser with high scores": (
        ["Make a Tetris game for the browser with high scores"],
        ["table", "page"],
    ),
    "Firmware in C for an ESP32 that reads a temperature sensor": (
        ["Firmware in C for an ESP32 that reads a temperature sensor"],
        ["table", "page"],
    ),
    "An ETL pipeline for sensor readings": ([], []),
    "Scrape job offers from three websites every night and store them in a database": (
        ["Scrape job offers from three websites every night", "store them in a database"],
        [],
    ),
    "Write a command-line tool that converts CSV to JSON": (["converts CSV to JSON"], ["main job"]),
    "Write a Python library for parsing ISO dates": (["parsing ISO dates"], ["values"]),
    "Train a model that predicts customer churn from our CRM exports": (
        ["Train a model that predicts customer churn from our CRM exports"],
        ["table", "page"],
    ),
    "Migrate our database from MySQL to PostgreSQL without downtime": (
        ["Migrate our database from MySQL to PostgreSQL without downtime"],
        ["Lay out", "README"],
    ),
    "Refactor the payment module to use async IO": (
        ["Refactor the payment module to use async IO"],
        ["public names", "Lay out"],
    ),
    "Write docs for our deployment process": (
        ["Write docs for our deployment process"],
        ["Lay out", "formatter", "release artefact", "Write: Write"],
    ),
    "Fix the login bug": (["Fix the login bug"], ["Lay out", "table"]),
    "make our website nicer": (["make our website nicer"], ["table"]),
    "colorless green ideas sleep furiously": (["colorless green ideas sleep furiously"], ["table", "page"]),
    "Crea una aplicación web de reservas": (["Crea una aplicación web de reservas"], []),
    "鳥の鳴き声を認識するモバイルアプリ": (["鳥の鳴き声を認識するモバイルアプリ"], []),
    "Build a REST API for books and authors. Never store e-mail addresses.": (
        ["Never store e-mail addresses"],
        ["mail_addresses", "table of e"],
    ),
    "An inventory API with products, and no product may be deleted": (["no product may be deleted"], []),
    "A system to control the watering of a greenhouse": (
        ["A system to control the watering of a greenhouse"],
        ["page", "table"],
    ),
    "REST API to manage subscriptions and charge credit cards monthly": (["charge credit cards monthly"], []),
    "Build a web app with products and orders, and a recommendation engine": (["a recommendation engine"], []),
    "Add dark mode to the settings page": (["Add dark mode to the settings page"], ["table"]),
    "A data warehouse": (["A data warehouse"], ["crash"]),
    "Make a web app to track habits": ([], []),
    "Build a todo app": ([], []),
}  # fmt: skip


@pytest.mark.parametrize("goal", GOALS)
def test_a_goal_is_not_said_to_be_served_beyond_what_the_tasks_say(goal):
    plan = planned(goal=goal)
    beyond, unasked = GOALS[goal]
    assert [each.text for each in general(plan)] == beyond
    require_honest(plan)
    titles = "\n".join(leaf.title for leaf in plan.leaves())
    assert not [word for word in unasked if word in titles]
    assert not [found for found in Linter().check(plan) if found.code != "UPP504"]
    assert planned(goal=goal) == plan


def test_the_finding_says_where_it_is_asked_for_and_what_to_do():
    plan = planned(goal=BIRDS)
    [first, second] = [found for found in Linter().check(plan, path="plan.json") if found.code == "UPP504"]
    assert (str(first.location), str(second.location)) == ("goal:1:33", "goal:1:59")
    assert BIRDS[58:].startswith("send an e-mail")
    assert "send an e-mail to each keeper every morning" in second.message
    assert "model" in second.hint
    assert second.severity is Severity.WARNING


def test_the_place_in_a_goal_of_several_lines_is_that_of_the_goal():
    plan = planned(goal="A REST API for a shop\n  with products.\n\n  Customers pay with PayPal.")
    [found] = [found for found in Linter().check(plan) if found.code == "UPP504"]
    assert str(found.location) == "goal:4:3"


def test_tools_that_a_goal_names_are_set_up_before_what_is_built_with_them():
    plan = planned(goal=f"{SHOP} using Django and PostgreSQL")
    [tools] = [leaf for leaf in plan.leaves() if leaf.title == "Set up Django and PostgreSQL"]
    [asked] = [each for each in plan.requirements if each.requirement_id in tools.serves]
    assert asked.text == "using Django and PostgreSQL"
    assert plan.leaves().index(tools) < 3


def test_what_looks_at_the_whole_waits_for_what_no_pattern_is_known_for():
    plan = planned(goal=BIRDS)
    leaves = {leaf.title: leaf for leaf in plan.leaves()}
    proofs = {leaf.node_id for leaf in plan.leaves() if leaf.title.startswith("Prove: ")}
    assert len(proofs) == 2
    assert proofs <= set(leaves["Make every page usable by keyboard and screen reader"].depends_on)


@pytest.mark.parametrize(
    ("wish", "is_known"),
    [
        ("Users can list all books", True),
        ("Librarians can delete a book", True),
        ("The staff can add a book", True),
        ("Users can list the books of an author", False),
        ("Users can view books while flying to the moon", False),
        ("Books must never be deleted", False),
        ("Only admins can add books", False),
        ("Nobody can delete a book", False),
        ("Users can list and update books", False),
        ("Members get an SMS when a book is overdue", False),
        ("Frobnicate the wibble", False),
        ("Bücher können gelöscht werden", False),
        ("We should have something nice", False),
    ],
)
def test_a_service_serves_a_wish_only_if_it_does_every_word_of_it(wish, is_known):
    plan = planned(text=SERVICE.format(wish=wish, more=""), source="PRD.md")
    assert plan.blueprint
    require_honest(plan)
    assert [each.text for each in general(plan)] == ([] if is_known else [wish])
    places = [str(found.location) for found in Linter().check(plan) if found.code == "UPP504"]
    assert places == ([] if is_known else ["PRD.md:7:3"])


def test_a_route_that_is_to_do_more_than_its_name_gets_work_for_that():
    text = SERVICE.format(wish="Users can list all books", more=", most borrowed first")
    plan = planned(text=text, source="PRD.md")
    [route] = general(plan)
    assert "most borrowed first" in route.text
    serving = [leaf.title for leaf in plan.leaves() if route.requirement_id in leaf.serves]
    assert "Serve GET /books" in serving
    assert any(title.startswith("Build: GET /books lists the books, most borrowed") for title in serving)


def test_what_a_field_must_be_beyond_its_type_gets_work_of_its_own():
    fields = "Book: title, isbn, author\n\n### Copy\n\n- id: INTEGER (Primary Key)\n- isbn: STRING (Required)\n"
    more = "- shelf: STRING (Required, must be encrypted at rest)\n"
    text = SERVICE.format(wish="Users can list all books", more="")
    plain = planned(text=text.replace("Book: title, isbn, author\n", fields), source="PRD.md")
    assert plain.blueprint
    assert not general(plain)
    plan = planned(text=text.replace("Book: title, isbn, author\n", fields + more), source="PRD.md")
    assert plan.blueprint
    [rule] = general(plan)
    assert rule.text == "Copy: shelf: STRING (Required, must be encrypted at rest)"
    [found] = [each for each in Linter().check(plan) if each.code == "UPP504"]
    assert str(found.location) == "PRD.md:17:3"


def test_what_only_documents_are_asked_for_gets_no_program():
    plan = planned(
        text="# Handbook\n\n## Documentation\n\n- A runbook for each alert\n- A glossary\n", source="d.md"
    )
    require_honest(plan)
    titles = " ".join(leaf.title for leaf in plan.leaves())
    assert "Write: A runbook for each alert" in titles
    assert not [word for word in ("formats, lints", "security", "edge cases", "failure") if word in titles]


def test_every_one_of_200_requirements_is_named():
    lines = [f"- Users can hoist the gizmo number {number}" for number in range(200)]
    plan = planned(text="\n".join(("# Big", "", "## Features", "", *lines)), source="big.md")
    assert len(general(plan)) == 200
    require_honest(plan)
    places = [str(found.location) for found in Linter().check(plan) if found.code == "UPP504"]
    assert (places[0], places[-1]) == ("big.md:5:3", "big.md:204:3")


def test_our_example_is_wholly_understood():
    document = Path(__file__).parents[2] / "examples" / "bookshop" / "PRD.md"
    plan = planned(text=document.read_text(), source="PRD.md")
    assert not Linter().check(plan)
    require_honest(plan)


async def test_a_run_says_how_much_of_it_is_a_general_outline(tmp_path):
    class NoPort:
        def port(self, name):
            raise Unavailable("empty-port", "nothing is here")

    desk, linter = Desk(NoPort()), Linter()
    source = GoalSource(RulesPlanner(linter), linter, desk.read_if_known, tmp_path, Keeping(NoPort()))
    run, tasks = await source.compile(RunRequest(goal=BIRDS), "r1")
    assert run.settings["notice"].startswith("no pattern for 2 of 3 requirements")
    assert [task for task in tasks if task.work.get("outline") == "general"]
    run, _ = await source.compile(RunRequest(goal=SHOP), "r2")
    assert "notice" not in run.settings
