"""Small plans, and agents that carry them out."""

from mosaic_hookspecs import Check, Plan, PlanNode


def greetings(*words, checks=True, **fields):
    """A plan of a task a word, each after the one before: write it into WORD.txt."""
    nodes = [PlanNode(node_id="E.001", title="Greetings")]
    for number, word in enumerate(words, 1):
        before = (f"F.001.{number - 1:02}",) if number > 1 else ()
        check = Check(name=f"{word} is there", parameters={"run": f"grep -q {word} {word}.txt"})
        nodes.append(
            PlanNode(
                node_id=f"F.001.{number:02}",
                title=f"Write {word}.txt",
                minutes=5,
                depends_on=before,
                checks=(check,) if checks else (),
                **fields,
            )
        )
    return Plan(title="Greetings", goal="Write greetings.", nodes=tuple(nodes))
