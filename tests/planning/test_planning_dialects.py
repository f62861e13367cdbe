"""Documents that are not quite Markdown, and what in a document asks for nothing: found by judging."""

import pytest

from mosaic_hookspecs import PlanRequest
from mosaic_testing.planning_laws import require_sound
from mosaic_upp.lint import Linter
from mosaic_upp.planner.rules import RulesPlanner
from mosaic_upp.reading.requirements import read_document

GREENHOUSE = """Greenhouse
==========

1. Introduction
---------------
1.1. Purpose: says what this is for.

3. Functional Requirements
--------------------------
3.1. Device management
   3.1.1. The operator can register a device
          by scanning its code.
   3.1.2. The operator can retire a device.

4. Constraints
--------------
4.1. MQTT 5 is used between devices and the broker.
"""
REMINDERS = """INVOICE REMINDERS
Draft 3

1. PURPOSE

Small firms forget. The service shall remind their
customers.

2. FUNCTIONS

2.1 Import invoices
    The user uploads a CSV file.

3. NOT IN SCOPE

Debt collection.

5. TESTS

Paid on day 6 gives no reminder.
Paid on day 8 gives one.
"""
GARAGE = """= Garage API
Jane Doe <jane@example.com>
v1.0, 2026-01-05
:toc:

== User stories

* As a driver, I want to see free spots.

== Endpoints

|===
|Endpoint |Description

|GET /levels
|List levels

|POST /levels |Open a level
|===

== Quality

. Responses within 200 ms
"""
WALKERS = """**Product Requirements Document: PawPal**

**Author:** Sam Lee

**Requirements**

**Search**

* Walkers are shown on a map

**Out of Scope**

* Cat sitting

**Success Metrics**

* 1,000 bookings in the first quarter
"""
GATE = """# Requirements Specification for the Gate

| Field | Value |
|---|---|
| Author | Ida |
| Status | Draft |

## Definitions
| Term | Definition |
|------|------------|
| Badge | Card that a person shall carry |

## Goals and non-goals
### Goals
- Reduce queues by 30%
### Non-goals
- Payment

## Requirements

| REQ-ID | Statement | Rationale | Verification |
|---|---|---|---|
| REQ-TC-001 | The gate SHALL open within 500 ms. | Speed | Test |

**REQ-IF-002:** The gate SHALL expose its state.

REQ-IF-003 The gate SHALL NOT open twice.

_List all requirements, one per line._

## Inputs
- S3 bucket with badges
- `--exclude <GLOB>` skips badges

## Controls
| Action | Key |
|---|---|
| Open | O |

## Open questions
- Should we use RFID?
"""
LEDGER = """# Ledger API

```yaml
openapi: 3.1.0
paths:
  /accounts:
    get:
      summary: List accounts
    post:
      summary: Open an account
components:
  schemas:
    Account:
      required: [name]
      properties:
        id: {type: integer}
        name: {type: string, maxLength: 80}
        currency: {type: string, enum: [EUR, USD]}
        opened_at:
          type: string
          format: date-time
```
"""
GERMAN = """# Pflichtenheft: Verein

## Anforderungen
- Der Kassenwart muss Beiträge exportieren können

## Benutzergeschichten
- Als Mitglied möchte ich meine Adresse ändern, damit ich Post bekomme.

## Datenmodell
### Mitglied
- name: string, required
- email: string

## Nicht-Ziele
- Buchhaltung
"""
CHECKOUT = """# Self-checkout

### US-3: Overdue books
As a librarian, I want a list of overdue books, so that I can send reminders.

- **Given** three loans **When** I open the list **Then** I see them oldest first

## Rollout
- [ ] 50 %
- [ ] 100 %
"""
CENTER = """# Introduction
Requirements for the Notification Center are below.

# Audience
- Support agents must read all

## User journeys
1. Mira opens the app and sees a badge.

# System features
## Badges
### Description and priority
High priority.
### P0 – must ship
- **Badge**: shows the unread count

# API changes
| Method | Endpoint | Body | Response |
|---|---|---|---|
| PATCH | `/notifications/{id}` | `{ "done": true }` | updated notification |

# Data model
`Notification`
- `id` (uuid, pk)
- `user_id` → User
- `kind` enum: renewal, mention
- `done_at` timestamp, nullable

# External interfaces
## User interfaces
- Calendar page
## Software interfaces
Import from Untis over REST.
"""
SHORT = "Build a URL shortener.\nUsers paste a long URL.\nLinks expire after 30 days.\nWritten in Go.\n"
ALL = {
    "numbered": GREENHOUSE,
    "plain": REMINDERS,
    "asciidoc": GARAGE,
    "bold": WALKERS,
    "tables": GATE,
    "openapi": LEDGER,
    "german": GERMAN,
    "gherkin": CHECKOUT,
    "center": CENTER,
    "short": SHORT,
}


def read(text):
    return [(each.kind, each.span.start, each.text) for each in read_document(text, "prd.md").requirements]


@pytest.mark.parametrize("name", ALL)
async def test_every_dialect_gives_a_sound_plan_without_a_finding_but_for_what_no_pattern_is_known_for(name):
    plan = await RulesPlanner(Linter()).plan(PlanRequest(text=ALL[name], source="prd.md"))
    require_sound(plan)
    assert {found.code for found in Linter().check(plan)} <= {"UPP504"}


def test_section_numbers_stand_for_headings_and_lists():
    assert read(GREENHOUSE) == [
        ("feature", 11, "The operator can register a device by scanning its code."),
        ("feature", 13, "Device management: The operator can retire a device."),
        ("quality", 17, "MQTT 5 is used between devices and the broker."),
    ]


def test_capitals_stand_for_headings_and_indented_words_are_no_code():
    assert read(REMINDERS) == [
        ("feature", 6, "The service shall remind their customers."),
        ("feature", 12, "Import invoices: The user uploads a CSV file."),
        ("test", 20, "Paid on day 6 gives no reminder."),
        ("test", 20, "Paid on day 8 gives one."),
    ]
    assert read_document(REMINDERS, "prd.txt").title == "Invoice reminders"


def test_asciidoc_is_read():
    assert read(GARAGE) == [
        ("story", 8, "As a driver, I want to see free spots."),
        ("endpoint", 15, "GET /levels – List levels"),
        ("endpoint", 18, "POST /levels – Open a level"),
        ("quality", 23, "Responses within 200 ms"),
    ]


def test_bold_lines_stand_for_headings():
    assert read(WALKERS) == [
        ("feature", 9, "Search: Walkers are shown on a map"),
        ("criterion", 17, "1,000 bookings in the first quarter"),
    ]
    assert read_document(WALKERS, "prd.md").title == "PawPal"


def test_identifiers_asides_hints_and_side_columns_ask_for_nothing():
    assert read_document(GATE, "prd.md").title == "Gate"
    assert read(GATE) == [
        ("criterion", 15, "Reduce queues by 30%"),
        ("feature", 23, "The gate SHALL open within 500 ms."),
        ("feature", 25, "The gate SHALL expose its state."),
        ("feature", 27, "The gate SHALL NOT open twice."),
        ("feature", 32, "S3 bucket with badges"),
        ("feature", 33, "--exclude <GLOB> skips badges"),
        ("feature", 38, "Controls: Open: O"),
    ]


def test_openapi_schemas_are_models_beside_their_routes():
    found = read_document(LEDGER, "prd.md").requirements
    assert [(each.kind, each.span.start) for each in found] == [("endpoint", 7), ("endpoint", 9), ("model", 13)]
    fields = {field["name"]: field for field in found[-1].data["fields"]}
    assert found[-1].data["name"] == "Account"
    assert [field["type"] for field in fields.values()] == ["integer", "string", "enum", "datetime"]
    assert (fields["name"]["is_required"], fields["name"]["max_length"]) == (True, 80)
    assert fields["currency"]["choices"] == ["EUR", "USD"]
    assert found[-1].span.end == 21


def test_german_sections_and_stories_are_read():
    assert [(kind, line) for kind, line, _ in read(GERMAN)] == [("feature", 4), ("story", 7), ("model", 10)]


def test_examples_are_criteria_and_bare_figures_name_their_section():
    assert [(kind, line) for kind, line, _ in read(CHECKOUT)][:2] == [("story", 4), ("criterion", 6)]
    assert read(CHECKOUT)[2:] == [("milestone", 9, "Rollout: 50 %"), ("milestone", 10, "Rollout: 100 %")]


def test_sections_of_the_usual_templates():
    document = read_document(CENTER, "prd.md")
    assert document.title == "Notification Center"
    assert read(CENTER) == [
        ("feature", 8, "Mira opens the app and sees a badge."),
        ("feature", 15, "Badge: shows the unread count"),
        ("endpoint", 20, "PATCH /notifications/{id} updated notification"),
        ("model", 23, "Notification: id, user_id, kind, done_at"),
        ("page", 31, "Calendar page"),
        ("feature", 33, "Import from Untis over REST."),
    ]
    fields = document.requirements[3].data["fields"]
    assert [field["type"] for field in fields] == ["string", "integer", "enum", "datetime"]
    assert (fields[1]["references"], fields[2]["choices"]) == ("User", ["renewal", "mention"])


def test_a_few_sentences_are_enough():
    document = read_document(SHORT, "prd.md")
    assert document.title == "URL shortener"
    assert [(each.kind, each.text) for each in document.requirements] == [
        ("feature", "Users paste a long URL."),
        ("feature", "Links expire after 30 days."),
        ("quality", "Written in Go."),
    ]


async def test_what_is_said_twice_is_done_once_and_serves_both():
    text = "# T\n\n## Features\n\n- Orders are merged\n- Labels are printed\n- Orders are merged\n"
    plan = await RulesPlanner(Linter()).plan(PlanRequest(text=text, source="prd.md"))
    titles = [leaf.title for leaf in plan.leaves()]
    assert titles.count("Build: Orders are merged") == 1
    assert len(set(titles)) == len(titles)
    built = next(leaf for leaf in plan.leaves() if leaf.title == "Build: Orders are merged")
    assert list(built.serves) == ["R.001", "R.003"]


async def test_routes_stand_under_the_stated_path():
    text = (
        "# Stock API\n\nA REST API in Python.\n\n## Data model\n\n- Part: name, price\n\n"
        "## Endpoints\n\nAll have the usual CRUD endpoints under `/api/v1`.\n"
    )
    plan = await RulesPlanner(Linter()).plan(PlanRequest(text=text, source="prd.md"))
    assert {each["path"] for each in plan.blueprint["endpoints"]} == {"/api/v1/parts", "/api/v1/parts/{id}"}


async def test_a_service_of_hundreds_of_models_keeps_its_plan_small():
    letters = "abcdefghij"
    models = "".join(
        f"### Thing{one}{two}\n- name: string\n- size: integer\n\n" for one in letters for two in letters
    )
    text = f"# Big REST API\n\n## Data models\n\n{models}"
    plan = await RulesPlanner(Linter()).plan(PlanRequest(text=text, source="prd.md"))
    assert not plan.blueprint
    assert len(plan.leaves()) > 300
