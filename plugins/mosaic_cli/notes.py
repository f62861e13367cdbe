"""Why what was not accepted was not, in a few lines."""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping
from typing import Any

_MOST_NOTES = 5
_MOST_ALIKE = 10
_PAGE = 200


async def notes_on(kernel: Any, run: Mapping[str, Any]) -> list[str]:
    """Say why what was not accepted was not: one line a reason, the first task standing for the rest. `kernel`
    is one, or dispatches as it does.

    Asks about a few tasks of each state and runtime only, since those mostly wait for the same; and
    about one that is blocked, since the others wait for other tasks or for the same as it.
    """
    from mosaic_kernel import to_json_data

    run_id = run["run_id"]
    failed = await _tasks(kernel, run_id, ["failed"], _PAGE)
    notes = {item["task_id"]: f"{item['task_id']} failed: {item['reason']}" for item in failed}
    waiting = await _tasks(kernel, run_id, ["gated", "ready", "delayed", "leased"], _PAGE)
    alike: Counter[tuple[Any, ...]] = Counter()
    for item in [*waiting, *await _tasks(kernel, run_id, ["blocked"], 1)]:
        kind = (item["state"], item["runtime"], tuple(item["labels"]))
        alike[kind] += 1
        if alike[kind] > _MOST_ALIKE or len(notes) >= _MOST_NOTES:
            continue
        why = to_json_data(await kernel.dispatch("task.why", {"run_id": run_id, "task_id": item["task_id"]}))
        for blocker in why["blockers"]:
            if blocker["code"] != "unmet-dependency":
                said = reason_of(blocker)
                notes.setdefault(f"{blocker['code']} {said}", f"{item['task_id']} waits: {said}")
    shown = list(notes.values())[:_MOST_NOTES]
    if len(notes) > _MOST_NOTES:
        shown.append(f"… and {len(notes) - _MOST_NOTES} more; `mosaic status` lists them")
    return shown


def reason_of(blocker: Mapping[str, Any]) -> str:
    """Return why a task waits, and what to do about it at the command line."""
    text, hint = blocker["text"], blocker["hint"]
    if not (text and hint):
        return str(text or hint)
    return f"{text} {hint}" if text.endswith((".", "?", "!")) else f"{text}. {hint}"


async def _tasks(kernel: Any, run_id: str, states: list[str], limit: int) -> list[Any]:
    from mosaic_kernel import to_json_data

    found = await kernel.dispatch("task.list", {"run_id": run_id, "states": states, "limit": limit})
    return list(to_json_data(found)["items"])
