"""The rules planner over documents of very different shapes: what it reads, and that plans are sound."""

from pathlib import Path

import pytest

from mosaic_hookspecs import InputError, Plan, PlanRequest, Severity
from mosaic_hookspecs.errors import Location
from mosaic_testing.planning_laws import require_sound
from mosaic_upp.lint import Linter
from mosaic_upp.planner.rules import RulesPlanner
from mosaic_upp.reading.requirements import read_document

LOANS = """Library Loans
=============

Purpose
-------
We lend books to members. The system has to remember who has what.

Functional requirements
-----------------------
FR-1 Members can borrow up to 5 books.
FR-2: A loan lasts 14 days.

* FR-3: The librarian can extend a loan once
* FR-4 Overdue loans are listed

Entities
--------
Book: title, isbn (unique), pages
Member: name, email, joined on
Loan - book_id, member_id, lent_on: date, returned_on: date (optional)

Routes
------
    GET    /books
    POST   /loans/<int:id>

Non-Goals
---------
- Fines
- As a member, I want reservations
"""
FLEET = """# PRD – Fleet Tracker

## Stories

| ID | As a | I want to | So that | Priority |
|----|------|-----------|---------|----------|
| US1 | driver | log a trip | mileage is known | Must |
| US3 | manager | export to SAP | books match | Won't |

## Data

### Table: vehicles

| Column | Type | Null | Key |
|---|---|---|---|
| id | serial | no | PK |
| plate | varchar(10) | no | unique |

```sql
CREATE TABLE trips (
  id SERIAL PRIMARY KEY,
  vehicle_id INTEGER NOT NULL,
  km NUMERIC(8,1) NOT NULL,
  FOREIGN KEY (vehicle_id) REFERENCES vehicles (id)
);
```

## Interfaces

### POST /vehicles
Responds 409 for a duplicate plate.

## Quality attributes

Response time must stay below 300 ms for 95 % of requests.
"""
TOOL = """# logtidy

A command-line tool that tidies log files. It should be fast.

## What it does

1. Reads files or stdin
   - gzip is supported
2. Groups lines by level

## Commands

### Exit codes

## Won't have
- a GUI

## Definition of done

- [ ] `logtidy --help` lists all commands
"""
RECIPES = """# Spec

## 1) Types

```typescript
export interface Recipe {
  id: number;
  title: string;
  minutes?: number;
  difficulty: 'easy' | 'hard';
}
```

```python
@dataclass
class Tag:
    name: str
    color: Optional[str] = None
```

## 2) Screens

### 2.1 Recipe list
Shows all recipes with a search box.

### 2.2 Recipe editor

## 3) Tech

React Native with Expo.

## 4) Roadmap

### Milestone 1: read-only (June)
- list and show
"""
ORDERS = """# Orders API

```yaml
openapi: 3.0.0
paths:
  /customers:
    get:
      summary: List customers
  /customers/{id}:
    delete:
      summary: Remove
```

**Models**

- **Customer**
  - `name` (string, required)
  - `email` (string, unique)
- **Address** — street, city, zip; belongs to a customer

**Out of scope:**

- GET /secrets

**Testing**

Everything is tested with pytest.
"""
MEALS = """---
title: Meals
---
# Product: Meal Planner
Version: 2.1

### US-01: Plan a week
**As a** parent
**I want** to plan dinners
**so that** shopping is easier.

**Acceptance Criteria:**
1. Given an empty week, when I add a dinner, then it is shown

## Constraints
- Works offline

## Future enhancements
- Voice control

---
**Version**: 3
**Author**: Jane
"""
PROSE = (
    "A weather logger. It must read the sensor every minute. Users can download a "
    "file.\n\nNice weather today.\n"
)
ALL = {
    "loans": LOANS,
    "fleet": FLEET,
    "tool": TOOL,
    "recipes": RECIPES,
    "orders": ORDERS,
    "meals": MEALS,
    "prose": PROSE,
    "crlf": LOANS.replace("\n", "\r\n"),
}


def read(text):
    return {(each.kind, each.text, each.span.start) for each in read_document(text, "prd.md").requirements}


async def make(text: str, source: str = "prd.md") -> Plan:
    return await RulesPlanner(Linter()).plan(PlanRequest(text=text, source=source))


def kinds(text):
    return {(kind, line) for kind, _, line in read(text)}


@pytest.mark.parametrize("name", ALL)
async def test_every_shape_gives_a_sound_plan(name):
    plan = await make(ALL[name])
    require_sound(plan)
    assert not [found for found in Linter().check(plan) if found.severity is Severity.ERROR]
    assert await make(ALL[name]) == plan


def test_setext_sections_and_entries_by_lines():
    assert kinds(LOANS) == {
        ("feature", 6), ("feature", 10), ("feature", 11), ("feature", 13), ("feature", 14),
        ("model", 18), ("model", 19), ("model", 20), ("endpoint", 24), ("endpoint", 25),
    }  # fmt: skip


def test_crlf_changes_no_line():
    assert read(LOANS) == read(ALL["crlf"])


def test_stories_and_models_in_tables_and_sql():
    document = read_document(FLEET, "prd.md")
    assert document.title == "Fleet Tracker"
    story, vehicle, trip, endpoint, detail, quality = document.requirements
    assert (story.kind, story.data["want"], story.span.start) == ("story", "log a trip", 7)
    assert [field["name"] for field in vehicle.data["fields"]] == ["id", "plate"]
    assert vehicle.data["fields"][1]["max_length"] == 10
    assert trip.data["fields"][1]["references"] == "Vehicle"
    assert endpoint.data["path"] == "/vehicles"
    assert detail.text == "POST /vehicles: Responds 409 for a duplicate plate."
    assert quality.kind == "quality"


def test_lists_empty_sections_and_checklists():
    found = {(kind, text) for kind, text, _ in read(TOOL)}
    assert ("feature", "It should be fast.") in found
    assert ("feature", "gzip is supported") in found
    assert ("feature", "Exit codes") in found
    assert ("criterion", "logtidy --help lists all commands") in found
    assert not any("GUI" in text for _, text in found)


def test_types_pages_and_milestones():
    document = read_document(RECIPES, "prd.md")
    models = {each.data["name"]: each.data for each in document.requirements if each.kind == "model"}
    assert [field["is_required"] for field in models["Recipe"]["fields"]] == [True, True, False, True]
    assert models["Recipe"]["fields"][3]["choices"] == ["easy", "hard"]
    assert [field["is_required"] for field in models["Tag"]["fields"]] == [True, False]
    assert {("page", 23), ("page", 24), ("page", 26), ("quality", 30), ("milestone", 34)} <= kinds(RECIPES)


def test_openapi_bold_labels_and_what_is_out_of_scope():
    document = read_document(ORDERS, "prd.md")
    routes = {
        f"{each.data['method']} {each.data['path']}"
        for each in document.requirements
        if each.kind == "endpoint"
    }
    assert routes == {"GET /customers", "DELETE /customers/{id}"}
    models = {
        each.data["name"]: [field["name"] for field in each.data["fields"]]
        for each in document.requirements
        if each.kind == "model"
    }
    assert models == {"Customer": ["name", "email"], "Address": ["street", "city", "zip", "customer_id"]}
    assert ("test", 27) in kinds(ORDERS)


def test_front_matter_and_footers_ask_for_nothing():
    found = {(kind, text.split()[0]) for kind, text, _ in read(MEALS)}
    assert found == {("story", "As"), ("criterion", "Given"), ("quality", "Works")}
    assert min(line for _, _, line in read(MEALS)) == 8


@pytest.mark.parametrize(
    ("text", "code"),
    [
        ("", "document-empty"),
        (" \n\t\n", "document-empty"),
        ("\x7fELF\x01\x00\x00", "not-text"),
        ("# Fine\n\n- caf\udce9", "not-utf8"),
        ("x" * (5 * 1024 * 1024 + 1), "document-too-large"),
        ("Once upon a time there was a king.\n", "no-requirements"),
        ("# Title\n\n## Overview\n\nText.\n", "no-requirements"),
        ("# T\n\n## Out of scope\n\n- Everything\n- As a user, I want all\n", "no-requirements"),
        ("\n".join("  " * depth + "- item" for depth in range(200)), "document-too-deep"),
        (">" * 500 + " deep", "document-too-deep"),
    ],
)
async def test_what_cannot_be_planned_is_located(text, code):
    with pytest.raises(InputError) as refused:
        await make(text, "bad.md")
    assert refused.value.code == code
    assert isinstance(refused.value.where, Location)
    assert refused.value.where.path == "bad.md"
    assert refused.value.where.line >= 1


def test_windows_1252_mistakes_are_mended():
    found = read("## Features\n\n- Don\x92t lose data \x96 ever\n- Itâ€™s fast\n")
    assert {text for _, text, _ in found} == {"Don’t lose data – ever", "It’s fast"}


TASKMASTER = Path(__file__).parents[3] / "shared" / "fixtures" / "taskmaster" / "PRD.md"


@pytest.mark.skipif(not TASKMASTER.parents[2].exists(), reason="the fixtures are not here")
async def test_every_line_of_taskmaster_that_asks_is_served():
    text = TASKMASTER.read_text()
    plan = await make(text, "PRD.md")
    require_sound(plan)
    wanted = {
        "story": [*range(25, 28), *range(30, 37), 39, 40],
        "model": [64, 76],
        "endpoint": [*range(91, 94), *range(96, 101)],
        "page": range(131, 136),
        "quality": [*range(138, 143), *range(209, 213)],
        "test": [*range(147, 157), *range(159, 168), *range(170, 174)],
        "criterion": [*range(178, 183), *range(185, 190), *range(192, 197)],
        "milestone": range(201, 207),
        "documentation": range(215, 219),
    }
    found = {kind: [each.span.start for each in plan.requirements if each.kind == kind] for kind in wanted}
    for kind, lines in wanted.items():
        assert set(lines) <= set(found[kind]), kind
    assert not plan.blueprint
    assert any("npm test" in str(check.parameters) for leaf in plan.leaves() for check in leaf.checks)
    assert max(each.span.end for each in plan.requirements) <= 218
