"""A model for planning: answers each phase from a script, and remembers what it was asked."""

from __future__ import annotations

import json

from mosaic_hookspecs import ModelReply, Usage
from mosaic_testing.providing import providing

PRD = """# Notes

## Features

- Users can write a note.
- Users can delete a note.

## API

- POST /notes creates a note
- DELETE /notes/{id} deletes it
"""
REQUIREMENTS = {
    "title": "Notes",
    "goal": "Keep notes",
    "requirements": [
        {"id": "R1", "kind": "story", "text": "Users can write a note.", "lines": [5, 5]},
        {"id": "R2", "kind": "story", "text": "Users can delete a note.", "lines": [6, 6]},
        {"id": "R3", "kind": "endpoint", "text": "POST /notes", "lines": [10, 10]},
        {"id": "R4", "kind": "endpoint", "text": "DELETE /notes/{id}", "lines": [11, 11]},
    ],
}


def leaf(key, *serves, **more):
    return {
        "key": key,
        "title": f"Write {key}",
        "description": f"Write src/{key}.py",
        "minutes": 20,
        "serves": list(serves),
        "checks": [f"pytest -q tests/test_{key}.py"],
        "owns": [f"src/{key}.py"],
        **more,
    }


SKELETON = {
    "nodes": [
        {"key": "core", "title": "Write the core", "serves": ["R1", "R2"]},
        {"key": "api", "title": "Write the API", "serves": ["R3", "R4"]},
    ]
}
CORE = {
    "nodes": [
        {"key": "core", "title": "Write the core", "children": [leaf("write", "R1"), leaf("delete", "R2")]}
    ]
}
API = {
    "nodes": [{"key": "api", "title": "Write the API", "children": [leaf("post", "R3"), leaf("remove", "R4")]}]
}
SECOND = {"depend": [{"node": "api", "needs": ["core"]}]}
SCRIPT = [REQUIREMENTS, SKELETON, CORE, API, SECOND]
OUTLINE = {**REQUIREMENTS, "nodes": [*CORE["nodes"], *API["nodes"]]}


class ScriptedModel:
    """Answers in turn; the last answer is repeated."""

    name = "scripted"

    def __init__(self, *answers):
        self.answers = [answer if isinstance(answer, ModelReply) else reply(answer) for answer in answers]
        self.requests = []

    async def complete(self, request):
        self.requests.append(request)
        return self.answers[min(len(self.requests), len(self.answers)) - 1]

    def plugin(self):
        return providing("scripted-model", {("models", self.name): self})


def reply(answer, **more):
    text = answer if isinstance(answer, str) else json.dumps(answer)
    return ModelReply(
        text=text, model="m-1", usage=Usage(input_tokens=100, output_tokens=10, model="m-1"), **more
    )
