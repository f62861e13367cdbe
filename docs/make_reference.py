"""Write the reference pages from the code, and the listings of the others from their files.

With --check, only say whether they are up to date.
"""

import sys
from pathlib import Path

sys.path.insert(0, str(Path(__file__).parent))

from reference_pages import (
    command_line,
    configuration,
    embedding,
    events,
    findings,
    hooks,
    listings,
    operations,
    plugins,
)

PAGES = {
    "command-line": command_line.page,
    "configuration": configuration.page,
    "embedding": embedding.page,
    "events": events.page,
    "findings": findings.page,
    "hooks": hooks.page,
    "operations": operations.page,
    "plugins": plugins.page,
}


def main() -> None:
    folder = Path(__file__).parent / "reference"
    folder.mkdir(exist_ok=True)
    stale = []
    texts = {folder / f"{name}.md": make().rstrip() + "\n" for name, make in PAGES.items()}
    texts |= {page: listings.refreshed(page.read_text("utf-8")) for page in listings.pages()}
    for path, text in texts.items():
        if not path.exists() or path.read_text("utf-8") != text:
            stale.append(path.name)
            if "--check" not in sys.argv:
                path.write_text(text, "utf-8")
    if stale and "--check" in sys.argv:
        sys.exit(f"not up to date: {', '.join(stale)}; run `python docs/make_reference.py`")
    print(f"{len(texts)} pages, {len(stale)} changed")


if __name__ == "__main__":
    main()
