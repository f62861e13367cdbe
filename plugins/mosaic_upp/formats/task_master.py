"""Task Master's ``tasks.json``: tagged (``{"master": {"tasks": […]}}``) and legacy (``{"tasks": […]}``)."""

from __future__ import annotations

from typing import Any

from mosaic_hookspecs import Plan, digest

from .described import join_sections
from .json_document import load_json
from .json_scan import describe
from .limits import require_node_count
from .record import Record
from .tree_builder import Item, build_tree

SECTIONS = ("Details", "Test strategy")
_FINISHED = frozenset({"done", "completed", "cancelled"})


class TaskMaster:
    """Reads the tag ``master``, or the first tag; writes one tag, ``master``."""

    name = "taskmaster"

    def recognises(self, text: str, path: str) -> bool:
        """Whether `text` is an object that holds tasks with titles."""
        return text.lstrip("\ufeff \t\r\n").startswith("{") and '"tasks"' in text and '"title"' in text

    def read(self, text: str, path: str) -> Plan:
        """Read a plan. Raises `InputError` with line, column and key for anything malformed."""
        document = load_json(text, path)
        root = Record(document, document.value)
        tag, holder = _holder(root)
        records = holder.records("tasks")
        if not records:
            raise holder.error(
                "tasks" if "tasks" in holder.value else "", "there are no tasks", expected="tasks"
            )
        require_node_count(len(records), path)
        seen: set[str] = set()
        items = [_task(record, seen) for record in records]
        metadata = holder.record("metadata") or root.record("meta")
        title = metadata.text("projectName", "") if metadata else ""
        title = title or (f"Tasks of {tag}" if tag else "Tasks")
        return Plan(
            title=title,
            source=path,
            source_digest=digest(text.encode("utf-8", "surrogatepass")) if path else "",
            nodes=tuple(build_tree(title, items, path)),
        )

    def write(self, plan: Plan) -> str:
        """Write the two levels that the format has; see `write_task_master`."""
        from .task_master_writer import write_task_master

        return write_task_master(plan)


def _holder(root: Record) -> tuple[str, Record]:
    if isinstance(root.value.get("tasks"), list):
        return "", root
    tags = [name for name, value in root.value.items() if isinstance(value, dict) and "tasks" in value]
    if not tags:
        raise root.error("", "there is no list of tasks", expected='"tasks", or a tag that holds "tasks"')
    tag = "master" if "master" in tags else tags[0]
    return tag, Record(root.document, root.value[tag], (tag,))


def _task(record: Record, seen: set[str]) -> Item:
    number = _identifier(record, record.value.get("id"), "id")
    subtasks = record.records("subtasks")
    siblings = {str(child.value.get("id")) for child in subtasks}
    children = [_subtask(child, number, siblings, seen) for child in subtasks]
    depends_on = [_identifier(record, value, "dependencies") for value in record.values("dependencies")]
    return _item(record, number, depends_on, children, seen)


def _subtask(record: Record, parent: str, siblings: set[str], seen: set[str]) -> Item:
    """Read a subtask. A bare number among its dependencies is a sibling's, or else a task's."""
    local = _identifier(record, record.value.get("id"), "id")
    number = local if "." in local else f"{parent}.{local}"
    named = [_identifier(record, value, "dependencies") for value in record.values("dependencies")]
    return _item(
        record,
        number,
        [f"{parent}.{name}" if name in siblings and "." not in name else name for name in named],
        [],
        seen,
    )


def _identifier(record: Record, value: Any, key: str) -> str:
    if isinstance(value, bool) or not isinstance(value, (int, str)) or value == "":
        raise record.error(
            key if key in record.value else "", "wrong type", expected="an identifier", got=describe(value)
        )
    return str(value)


def _item(record: Record, number: str, depends_on: list[str], children: list[Item], seen: set[str]) -> Item:
    if number in seen:
        raise record.error("id", f"two tasks have the identifier {number[:40]}", expected="unique identifiers")
    seen.add(number)
    status, priority = record.text("status", "pending"), record.text("priority", "")
    work = {} if status in {"pending", "done"} else {"status": status}
    sections = {"Details": record.text("details", ""), "Test strategy": record.text("testStrategy", "")}
    return Item(
        title=record.text("title"),
        origin=number,
        description=join_sections(record.text("description", ""), sections),
        depends_on=depends_on,
        work=work | ({"priority": priority} if priority else {}),
        done=status in _FINISHED,
        children=children,
    )
