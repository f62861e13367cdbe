"""What it is for a plan to be honest about what serves what, checked without the planner's own judgement."""

import trio

from mosaic_hookspecs import PlanRequest
from mosaic_testing.planning_laws import require_sound
from mosaic_upp.lint import Linter
from mosaic_upp.planner.rules import RulesPlanner
from mosaic_upp.reading.telling import telling_words, vocabulary

SHOP = "Build a REST API for a bookshop with books, authors and orders"
SERVICE = """# Library API

A REST API in Python for a library.

## Features

- {wish}

## Data models

Book: title, isbn, author

## Endpoints

- `GET /books` lists the books{more}
- `POST /books` adds a book
- `DELETE /books/{{id}}` removes a book

## Quality

- Data survives a restart
"""


def planned(**request):
    plan = trio.run(RulesPlanner(Linter()).plan, PlanRequest(**request))
    require_sound(plan)
    return plan


def general(plan):
    """Return the requirements that the linter says no pattern is known for."""
    names = {found.subject for found in Linter().check(plan) if found.code == "UPP504"}
    return [each for each in plan.requirements if each.requirement_id in names]


def said_by(leaf):
    entity = str(leaf.work.get("entity", ""))
    return vocabulary((leaf.title, leaf.description, *leaf.owns, entity))


def require_honest(plan):
    """Fail if a leaf serves what it says no word of, unless it waits for a leaf that does."""
    leaves = {leaf.node_id: leaf for leaf in plan.leaves()}
    behind: dict[str, set[str]] = {}

    def before(name):
        if name not in behind:
            needs = [need for need in leaves[name].depends_on if need in leaves]
            behind[name] = set(needs).union(*(before(need) for need in needs))
        return behind[name]

    for requirement in plan.requirements:
        told = set(telling_words(requirement.text))
        saying = {name for name, leaf in leaves.items() if requirement.requirement_id in leaf.serves}
        saying = {name for name in saying if told & said_by(leaves[name]) or not told}
        assert saying, requirement
        for name, leaf in leaves.items():
            if requirement.requirement_id in leaf.serves:
                assert name in saying or before(name) & saying, (leaf.title, requirement.text)
    for requirement in general(plan):
        chain = [leaf for leaf in leaves.values() if leaf.work.get("outline") == "general"]
        chain = [leaf for leaf in chain if requirement.requirement_id in leaf.serves]
        assert len(chain) >= 2
        told = set(telling_words(requirement.text[:100]))
        assert all(told & said_by(leaf) or not told for leaf in chain), requirement
