"""A plan whose tasks overlap, a model that does them by reading and writing whole files, and what must be true
afterwards.

Each task writes a module and its test, and changes its own section of a catalogue that all share. Some also add
a line at the end of one registry, where two at once cannot both be right. What a shared file will hold is made
of what the agent read of it, as models make it: whoever would publish over another's change would undo it.
"""

import base64
import re
from collections import Counter

import attrs
import trio
from headless_bench import git
from scripted_hands import run_command
from scripted_model import say

REGISTRY, CATALOGUE = "registry.txt", "CATALOGUE.md"
NOT_YET = "Not written yet."
_SHARED = re.compile(r"(?<=\[)[A-Za-z0-9+/=]+(?=\])")
_WRITTEN = "it is all written"
_CONFLICT = f"others have meanwhile published a change to the same: {REGISTRY}"


def part(number):
    return f"part_{number:02}"


def identifier(number):
    """Return the task of a number; a plan's parts have seven children at most."""
    return f"S.001.{(number - 1) // 5 + 1:02}.{(number - 1) % 5 + 1:02}"


@attrs.define
class Team:
    """`tasks` is how many there are. The `agents` first of them add to the registry, and each holds until all
    have read the same of it; so do `later` ones, as it comes.
    """

    tasks: int
    agents: int
    later: tuple[int, ...] = ()
    held: set[int] = attrs.field(factory=set)
    told_of_conflict: set[int] = attrs.field(factory=set)
    all_have_read: trio.Event = attrs.field(factory=trio.Event)

    @property
    def numbers(self):
        return range(1, self.tasks + 1)

    @property
    def registered(self):
        return {*range(1, self.agents + 1), *self.later}

    def fill(self, repository):
        """Put the shared files there."""
        sections = (f"## {part(number)}\n\nOf the shop.\n\n{NOT_YET}\n\n" for number in self.numbers)
        (repository / CATALOGUE).write_text("# Catalogue\n\n" + "".join(sections))
        (repository / REGISTRY).write_text("# every part that is registered\n")
        git(repository, "add", "-A")
        git(repository, "commit", "-qm", "share")

    def nodes(self):
        """Return the plan: any agent may do any task."""
        yield {"node_id": "E.001", "title": "A shop of parts"}
        for feature in sorted({identifier(number)[2:8] for number in self.numbers}):
            yield {"node_id": f"F.{feature}", "title": f"Shelf {feature}"}
        for number in self.numbers:
            name = part(number)
            run = f"python3 tests/test_{name}.py && grep -q '^{name} is here' {CATALOGUE}"
            if number in self.registered:
                run += f" && grep -qx {name} {REGISTRY}"
            yield {
                "node_id": identifier(number),
                "title": f"Number {number}",
                "minutes": 10,
                "checks": [{"name": "it fits", "parameters": {"run": run}}],
                "work": {"kind": "general", "description": f"You write {name}."},
            }

    async def script(self, turn):
        """Be the model of all agents."""
        if not turn.tools:
            return say("A title")
        [name] = set(re.findall(r"You write (part_\d\d)", turn.text))
        number = int(name[-2:])
        if any(_WRITTEN in result for result in turn.results):
            return say(f"{name} is written.")
        read = [found for result in turn.results if len(found := _SHARED.findall(result)) == 2]
        if not read:
            return run_command(turn, f'echo "[$(base64 -w0 {REGISTRY})] [$(base64 -w0 {CATALOGUE})]"')
        if _CONFLICT in turn.text.partition("was refused")[2]:
            self.told_of_conflict.add(number)
        await self._hold(number)
        return run_command(turn, self._writing(number, *(base64.b64decode(text).decode() for text in read[-1])))

    async def _hold(self, number):
        if number <= self.agents:
            self.held.add(number)
            if len(self.held) == self.agents:
                self.all_have_read.set()
            with trio.fail_after(120):
                await self.all_have_read.wait()

    def _writing(self, number, registry, catalogue):
        name = part(number)
        head, title, rest = catalogue.partition(f"## {name}\n")
        files = {
            f"shop/{name}.py": f"NAME = {name!r}\n",
            f"tests/test_{name}.py": (
                "import sys\n\nsys.dont_write_bytecode = True\nsys.path.insert(0, 'shop')\n"
                f"import {name}\n\nassert {name}.NAME == {name!r}\n"
            ),
            CATALOGUE: head + title + rest.replace(NOT_YET, f"{name} is here.", 1),
        }
        if number in self.registered:
            files[REGISTRY] = f"{registry}{name}\n"
        writes = [f"echo {_packed(text)} | base64 -d > {path}" for path, text in files.items()]
        return " && ".join(["mkdir -p shop tests", *writes, f"echo {_WRITTEN}"])

    def changes(self, number):
        """Return what the commit of a task changes: files, with lines added and removed."""
        name = part(number)
        changed = {f"shop/{name}.py": (1, 0), f"tests/test_{name}.py": (7, 0), CATALOGUE: (1, 1)}
        return {**changed, REGISTRY: (1, 0)} if number in self.registered else changed

    async def check_everything(self, bench, view, names):
        """All is accepted, once; nobody's edit is lost; who collided was asked again; all agents worked."""
        tasks = {number: await bench.show(view.run_id, identifier(number)) for number in self.numbers}
        assert view.result == "accepted", [(n, one.attempts) for n, one in tasks.items()]
        await self._check_log(bench)
        self._check_history(bench, view)
        self._check_tree(bench, view)
        collided = {number for number, one in tasks.items() if _collisions(one)}
        # The first of those who hold is published; what the others made of the same base is not.
        assert len(collided & set(range(1, self.agents + 1))) == self.agents - 1, collided
        assert collided == self.told_of_conflict
        for number in collided:
            detail = tasks[number]
            assert detail.task.attempts == 0, "a collision is nobody's fault"
            assert [one.outcome for one in detail.attempts[-2:]] == ["refused", "accepted"]
        worked = {one.agent for detail in tasks.values() for one in detail.attempts}
        assert worked == set(names)

    async def _check_log(self, bench):
        assert (await bench.kernel.dispatch("log.verify")).broken is None
        events = await bench.kernel.port("storage").get().events(limit=100_000)
        for kind in ("task.accepted", "task.merging"):
            times = Counter(event.task_id for event in events if event.kind == kind)
            assert times == {identifier(number): 1 for number in self.numbers}, kind

    def _check_history(self, bench, view):
        """One line of commits, one a task, each with its own edits alone: so none undoes another's."""
        line = git(bench.repository, "log", "--numstat", "--format=@%s@%p", f"main..{view.settings['branch']}")
        commits = {}
        for commit in line.split("\n@"):
            head, *changed = commit.removeprefix("@").splitlines()
            subject, _, parents = head.rpartition("@")
            assert len(parents.split()) == 1, head
            name = subject.partition(":")[0]
            assert name not in commits
            parts = (one.split("\t") for one in changed if one)
            commits[name] = {path: (int(added), int(removed)) for added, removed, path in parts}
        assert commits == {identifier(number): self.changes(number) for number in self.numbers}

    def _check_tree(self, bench, view):
        names = [part(number) for number in self.numbers]
        catalogue = bench.published(view, CATALOGUE)
        assert NOT_YET not in catalogue
        assert re.findall(r"^(\w+) is here\.$", catalogue, re.MULTILINE) == names
        assert sorted(bench.published(view, REGISTRY).splitlines()[1:]) == sorted(map(part, self.registered))
        tree = git(bench.repository, "ls-tree", "-r", "--name-only", view.settings["branch"]).splitlines()
        wanted = {path for number in self.numbers for path in self.changes(number)}
        assert set(tree) == {*wanted, CATALOGUE, REGISTRY, "README.md"}


def _packed(text):
    return base64.b64encode(text.encode()).decode()


def _collisions(detail):
    return [one for one in detail.attempts if one.outcome == "refused" and _CONFLICT in one.reason]
