"""What stands around work for which there is no archetype: set-up before it, one last look after it."""

from __future__ import annotations

from .catalogue import FOUNDATION, RELEASE, Archetype, stage

GENERAL = Archetype(
    name="general",
    title="Program",
    pattern="",
    stages=(
        FOUNDATION,
        stage("Whole program", ("whole", "Bring all parts together and test them as one", 30, "runner style")),
        RELEASE,
    ),
)
"""What every new program needs, for goals that no archetype understands."""
CHANGE = Archetype(
    name="change",
    title="Change of what is there",
    pattern="",
    stages=(
        stage(
            "Survey",
            ("survey", "Survey the repository: structure, conventions, how its tests run", 25, ""),
            ("runner", "Run the tests that are there, and note what failed before any change", 15, "survey"),
        ),
        stage(
            "Whole",
            ("whole", "Run every test together and mend what the change broke", 30, "runner"),
        ),
    ),
)
"""What comes before and after any change of a program that is there already."""
WRITING = Archetype(
    name="writing",
    title="Documents",
    pattern="",
    stages=(
        stage(
            "Survey",
            ("survey", "Survey what is there to read: documents, their readers, what they miss", 25, ""),
        ),
        stage("Whole", ("whole", "Read all that was written as one, and mend what contradicts", 25, "survey")),
    ),
)
"""What comes before and after the writing of documents."""
