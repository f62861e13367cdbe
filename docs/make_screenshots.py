"""Make screenshots of every page of the dashboard, from real runs.

    python docs/make_screenshots.py [--into DIR] [NAME …]

Every page is taken at a desk in light and dark and on a phone, or those named alone, into DIR (a new one if
left out, whose name is printed). Those that the README shows go to docs/screenshots too. It needs the extra
`test`, and Chromium.
"""

import argparse
import base64
import shutil
import sys
import tempfile
from pathlib import Path

HERE = Path(__file__).parent
sys.path.insert(0, str(HERE.parent / "tests" / "browser"))
sys.path.insert(0, str(HERE))

from browser_checks import settle  # noqa: E402 - the tests' own tools, which are no package
from browser_pages import DESKTOP, PHONE, all_places  # noqa: E402
from browser_profile import ServedProfile  # noqa: E402
from browser_stage import PROGRAM, Stage  # noqa: E402
from screenshot_runs import Runs  # noqa: E402

WAYS = {"light": ("light", DESKTOP), "dark": ("dark", DESKTOP), "phone": ("light", PHONE)}
SHOWN = {
    "now": ("light", "phone"),
    "board": ("dark",),
    "plan": ("light",),
    "graph": ("dark",),
    "gantt": ("light",),
    "analytics": ("light",),
}
"""Which of them stand in the README."""
MOST_BYTES = 120_000
QUALITIES = (0.9, 0.8, 0.7, 0.6, 0.5)
TO_WEBP = """
async ([data, quality]) => {
  const bytes = Uint8Array.from(atob(data), (one) => one.charCodeAt(0));
  const image = await createImageBitmap(new Blob([bytes], {type: 'image/png'}));
  const canvas = new OffscreenCanvas(image.width, image.height);
  canvas.getContext('2d').drawImage(image, 0, 0);
  const made = await canvas.convertToBlob({type: 'image/webp', quality});
  const read = new FileReader();
  await new Promise((done) => { read.onload = done; read.readAsDataURL(made); });
  return read.result.split(',')[1];
}
"""


class Camera:
    """Takes pictures of a served profile, in a browser that is signed in."""

    def __init__(self, stage: Stage, profile: ServedProfile, into: Path) -> None:
        self._stage = stage
        self._profile = profile
        self._into = into
        self._kept = None

    def take(self, name: str, path: str) -> None:
        """Take a page in every way."""
        self._stage.call(self._take, name, path)

    def _take(self, name: str, path: str) -> None:
        browser = self._stage.browser
        if self._kept is None:
            context = browser.new_context()
            context.new_page().goto(self._profile.link())
            self._kept = context.storage_state()
            context.close()
        for way, (theme, size) in WAYS.items():
            is_phone = size is PHONE
            context = browser.new_context(
                base_url=self._profile.url,
                color_scheme=theme,
                viewport=size,
                storage_state=self._kept,
                is_mobile=is_phone,
                has_touch=is_phone,
                device_scale_factor=2 if is_phone else 1,
                reduced_motion="reduce",
            )
            page = context.new_page()
            answer = page.goto(path)
            if not answer.ok:
                sys.exit(f"{path} answers {answer.status}: {page.inner_text('body')}")
            settle(page)
            page.wait_for_timeout(500)
            picture = page.screenshot()
            page.goto("about:blank")
            for quality in QUALITIES:
                asked = [base64.b64encode(picture).decode(), quality]
                data = base64.b64decode(page.evaluate(TO_WEBP, asked))
                if len(data) <= MOST_BYTES:
                    break
            (self._into / f"{name}-{way}.webp").write_bytes(data)
            context.close()


def main() -> None:
    parser = argparse.ArgumentParser(description="Make screenshots of every page of the dashboard.")
    parser.add_argument("--into", type=Path, default=None, help="where to put them")
    parser.add_argument("names", nargs="*", help="only these pages")
    options = parser.parse_args()
    if PROGRAM is None:
        sys.exit("It needs Chromium.")
    into = options.into or Path(tempfile.mkdtemp(prefix="mosaic-screenshots-"))
    into.mkdir(parents=True, exist_ok=True)
    wanted = [place for place in all_places() if not options.names or place.name in options.names]
    stage = Stage().open()
    with tempfile.TemporaryDirectory() as name:
        profile = ServedProfile(Path(name), project="bookshop-project")
        runs = Runs(profile)
        try:
            profile.start()
            runs.begin()
            camera = Camera(stage, profile, into)
            for place in wanted:
                camera.take(place.name, runs.address(place))
                print(place.name, flush=True)
        finally:
            runs.end()
            profile.end()
            stage.close()
    for name, ways in SHOWN.items():
        for way in ways:
            made = into / f"{name}-{way}.webp"
            if made.exists():
                (HERE / "screenshots").mkdir(exist_ok=True)
                shutil.copy(made, HERE / "screenshots" / made.name)
    print(into)


if __name__ == "__main__":
    main()
