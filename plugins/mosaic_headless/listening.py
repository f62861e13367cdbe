"""Reads an agent's output as its preset says, line by line, into a `Story`."""

from __future__ import annotations

import json
import re
from collections.abc import Callable
from typing import Any

from mosaic_hookspecs.tasks import Usage

from .paths import Place
from .preset import Amount, Pattern, Rule, Stream
from .story import Story

LONGEST_LINE = 8 * 2**20
_FACTORS = {"": 1, "k": 1000, "m": 1_000_000}
_FIGURE = re.compile(r"([0-9][0-9,]*\.?[0-9]*)\s*([kKmM]?)")


class Listener:
    """Takes the output in any pieces."""

    def __init__(self, stream: Stream, story: Story) -> None:
        self._line: Callable[[str], None] = self._json if stream.format == "jsonl" else self._text
        self._rules = stream.rules
        self._patterns = [(pattern, re.compile(pattern.match)) for pattern in stream.patterns]
        self._story = story
        self._held = bytearray()
        self._is_skipping = False

    def feed(self, data: bytes) -> None:
        """Read what has come."""
        *lines, rest = data.split(b"\n")
        for line in lines:
            self._held += line
            self._end_line()
        self._held += rest
        if len(self._held) > LONGEST_LINE:
            self._held.clear()
            self._is_skipping = True

    def finish(self) -> None:
        """Read what stands after the last end of a line."""
        self._end_line()
        self._story.close()

    def _end_line(self) -> None:
        line = self._held.decode(errors="replace").strip("\r")
        self._held.clear()
        if self._is_skipping:
            self._is_skipping = False
            self._story.noted(f"(a line of more than {LONGEST_LINE} bytes was left out)")
        elif line.strip():
            self._line(line)

    def _json(self, line: str) -> None:
        try:
            data = json.loads(line)
        except (ValueError, RecursionError):
            data = None
        if not isinstance(data, dict):
            self._story.noted(line)
            return
        self._story.has_spoken = True
        whole = Place(value=data, line=data)
        for rule in self._rules:
            if whole.fits(rule.when):
                self._apply(rule, whole)

    def _apply(self, rule: Rule, whole: Place) -> None:
        if not rule.each:
            self._tell(rule, whole)
            if rule.usage is not None:
                self._spend(rule.usage, [whole])
            return
        places = [place for place in whole.elements(rule.each) if place.fits(rule.where)]
        for place in places:
            self._tell(rule, place)
        if rule.usage is not None and places:
            self._spend(rule.usage, places)

    def _tell(self, rule: Rule, place: Place) -> None:
        story = self._story
        if rule.turn and (key := place.text(rule.turn)):
            story.turned(key)
        if text := place.text(rule.says):
            story.said(text, is_piece=rule.piece)
        if tool := place.text(rule.tool):
            story.called(tool, place.text(rule.arguments))
        if answer := place.text(rule.answer):
            story.answered(answer)
        if rule.done:
            story.finished(place.text(rule.result))
        if rule.error:
            story.failed(place.text(rule.error) or "it says only that it failed", rule.outcome)

    def _spend(self, amount: Amount, places: list[Place]) -> None:
        tally = self._story.tally
        usages = [(place.text(amount.key), _usage(amount, place)) for place in places]
        if amount.counts == "each":
            for key, usage in usages:
                tally.each(usage, key)
            return
        totals: dict[str, Usage] = {}
        for _, usage in usages:
            totals[usage.model] = totals.get(usage.model, Usage()) + usage
        tally.all(totals)

    def _text(self, line: str) -> None:
        story = self._story
        known = [(pattern, found) for pattern, match in self._patterns if (found := match.search(line))]
        if not any("error" in found.groupdict() or "tool" in found.groupdict() for _, found in known):
            story.said(line)
        for pattern, found in known:
            self._match(pattern, {name: text for name, text in found.groupdict().items() if text is not None})

    def _match(self, pattern: Pattern, groups: dict[str, str]) -> None:
        story = self._story
        if "tool" in groups:
            story.called(groups["tool"], groups.get("arguments", ""))
        if "result" in groups:
            story.finished(groups["result"])
        if "error" in groups:
            story.failed(groups["error"], "")
        if {"input", "output", "money"} & set(groups):
            usage = Usage(
                input_tokens=int(_figure(groups.get("input"))),
                output_tokens=int(_figure(groups.get("output"))),
                cached_tokens=int(_figure(groups.get("cached"))),
                money=_figure(groups.get("money")),
            )
            if pattern.counts == "each":
                story.tally.each(usage)
            else:
                story.tally.all({"": usage})


def _usage(amount: Amount, place: Place) -> Usage:
    def count(paths: Any) -> int:
        return int(place.number(paths))

    return Usage(
        input_tokens=count(amount.input),
        output_tokens=count(amount.output),
        cached_tokens=count(amount.cached),
        money=float(place.number(amount.money)),
        model=place.text(amount.model),
    )


def _figure(text: str | None) -> float:
    found = _FIGURE.search(text or "")
    return float(found[1].replace(",", "")) * _FACTORS[found[2].lower()] if found else 0.0
