"""Goals in a sentence of many kinds: what they name, what they state, and where they are carried out."""

import keyword

import pytest

from mosaic_hookspecs import PlanRequest
from mosaic_hookspecs.blueprint import Blueprint
from mosaic_testing.planning_laws import require_sound
from mosaic_upp.archetypes.goal import read_goal
from mosaic_upp.lint import Linter
from mosaic_upp.planner.rules import RulesPlanner

SERVICES = {
    "Create a todo list API": ["Todo"],
    "I need a service to track gym members, classes and bookings": ["GymMember", "Class", "Booking"],
    "Build a simple, fast and well-tested REST API for managing mice, geese and children": [
        "Mouse", "Goose", "Child",
    ],
    "A REST API for a car-sharing company with pick-up points, e-bikes and rental agreements": [
        "PickUpPoint", "EBike", "RentalAgreement",
    ],
    "A backend service to manage classes, imports and lambdas": ["Class", "Import", "Lambda"],
    "Build a REST API for a café with crêpes, entrées and garçons": ["Crepe", "Entree", "Garcon"],
    "REST API for a library where members borrow books": ["Book", "Member"],
    "Build a JSON API for tickets that belong to events, with status open or closed": ["Event", "Ticket"],
    "A recipe manager API with recipes, ingredients and tags": ["Recipe", "Tag", "Ingredient"],
    "Erstelle eine REST API für Bücher und Autoren": ["Bucher", "Autoren"],
    "a REST API with Field, Model and Order": ["Field", "Model", "Order"],
    "Build an API with users, teams, projects, tasks, comments, labels and attachments": [
        "User", "Team", "Project", "Label", "Attachment", "Task", "Comment",
    ],
}  # fmt: skip
OTHERS = {
    "Write a command-line tool that converts CSV to JSON": ("command-line", [], "converts CSV to JSON"),
    "A React dashboard that shows sales figures": ("web-application", [], "shows sales figures"),
    "Write a Python library for parsing ISO dates": ("library", [], "parsing iso dates"),
    "Scrape job offers from three websites every night and store them in a database": (
        "data-pipeline",
        ["JobOffer"],
        "job offer",
    ),
}


BEYOND = {
    "REST API for a library where members borrow books": ["REST API for a library where members borrow books"],
}
"""What of the services' goals no pattern is known for."""


def general_words(plan):
    names = {found.subject for found in Linter().check(plan) if found.code == "UPP504"}
    return [each.text for each in plan.requirements if each.requirement_id in names]


async def plan_of(goal, repository=""):
    plan = await RulesPlanner(Linter()).plan(PlanRequest(goal=goal, repository=repository))
    require_sound(plan)
    assert {found.code for found in Linter().check(plan)} <= {"UPP504"}
    return plan


@pytest.mark.parametrize("goal", SERVICES)
async def test_a_service_keeps_what_its_goal_names(goal):
    plan = await plan_of(goal)
    made = Blueprint.from_data(plan.blueprint)
    assert [entity.name for entity in made.entities] == SERVICES[goal]
    for name in (made.package, *(entity.plural for entity in made.entities)):
        assert name.isidentifier()
        assert name.isascii()
        assert not keyword.iskeyword(name)
    assert any(node.assumptions for node in plan.nodes)
    assert general_words(plan) == BEYOND.get(goal, [])


@pytest.mark.parametrize("goal", OTHERS)
async def test_other_programs_are_named_by_what_they_do(goal):
    read = read_goal(goal)
    assert (read.archetype.name, list(read.nouns), read.name) == OTHERS[goal]
    await plan_of(goal)


async def test_stated_fields_are_used():
    goal = (
        "Build a REST API for invoices (number: string unique, amount: decimal, due date: date, "
        "status: draft|sent|paid) and customers (name, email)"
    )
    customer, invoice = Blueprint.from_data((await plan_of(goal)).blueprint).entities
    assert [field.name for field in customer.fields] == ["id", "name", "email"]
    fields = {field.name: field for field in invoice.fields}
    assert list(fields) == ["id", "number", "amount", "due_date", "status", "customer_id"]
    assert (fields["number"].type, fields["number"].is_unique, fields["number"].is_required) == (
        "string",
        True,
        True,
    )
    assert (fields["amount"].type, fields["due_date"].type) == ("number", "date")
    assert fields["status"].choices == ("draft", "sent", "paid")
    assert fields["customer_id"].references == "Customer"


async def test_fields_after_a_colon_keep_what_stands_beside_them():
    goal = "Build a REST API with products: name (required), price (number), in stock (boolean)"
    plan = await plan_of(goal)
    (product,) = Blueprint.from_data(plan.blueprint).entities
    assert [(field.name, field.type, field.is_required) for field in product.fields[1:]] == [
        ("name", "string", True),
        ("price", "number", False),
        ("in_stock", "boolean", False),
    ]
    assert not any("needs a" in guess.text for node in plan.nodes for guess in node.assumptions)


async def test_words_in_brackets_that_are_no_fields_stay_words():
    read = read_goal("Build a REST API for books (e.g. novels, atlases) and authors")
    assert not read.stated
    assert set(read.nouns) >= {"Book"}


async def test_an_occupied_target_is_surveyed_and_its_files_are_spared(tmp_path):
    (tmp_path / "pyproject.toml").write_text('[project]\nname = "x"\n')
    (tmp_path / "tests").mkdir()
    taken = "tests/test_list_the_books_over_http.py"
    (tmp_path / taken).write_text("def test_it(): pass\n")
    plan = await plan_of("Build a REST API with books and authors", str(tmp_path))
    assert not plan.blueprint
    assert plan.leaves()[0].title.startswith("Survey the repository")
    owned = {name for leaf in plan.leaves() for name in leaf.owns}
    assert not owned & {taken, "pyproject.toml"}
    assert "tests/test_list_the_books_over_http_2.py" in owned
    assert all(leaf.checks and not leaf.labels for leaf in plan.leaves())
    suites = [leaf for leaf in plan.leaves() for check in leaf.checks if check.name == "the whole suite passes"]
    assert suites
