"""Plants the hostile texts where people, agents, programs, files, plans and plugins put theirs."""

import json
import shlex
from pathlib import Path

import yaml
from browser_profile import Problem
from hostile import DOCUMENT, FILES, LINES, LINKS, MARKUP

WRITE_FILES = """
import pathlib, sys
for number, (name, text) in enumerate(zip({names!r}, {texts!r})):
    pathlib.Path(name).write_text(text, "utf-8", "surrogateescape")
    print(name)
"""


def install_harm(profile):
    """Put the plugin where the profile finds it; before it is started."""
    texts = {**MARKUP, **{f"{key}, as Markdown": text for key, text in LINKS.items()}}
    code = Path(__file__).with_name("hostile_plugin.py").read_text("utf-8")
    profile.install("hostile", {"plugin.py": code, "texts.json": json.dumps(texts)})


def plant_harm(profile):
    """Have it all said, through real runs and through operations; return the runs' ids. One task goes on until
    `lift_harm`.
    """
    lines = profile.directory / "lines.txt"
    lines.write_text("\n".join((*LINES.values(), *MARKUP.values())), "utf-8", "surrogateescape")
    runs = [_jobs(profile, lines), _files(profile, lines), *_document(profile)]
    _words(profile, runs[0])
    return runs


def lift_harm(profile):
    """Let the task end that was kept at work."""
    _hold(profile).unlink(missing_ok=True)


def _jobs(profile, lines):
    texts = list(MARKUP.values())
    jobs = {}
    for number, text in enumerate(texts):
        told = json.dumps(text)
        jobs[f"job{number}"] = {
            "name": text,
            "outputs": {"said": "${{ steps.say.outputs.said }}"},
            "steps": [
                {
                    "id": "say",
                    "name": text,
                    "shell": "python",
                    "run": f"import os, sys\n"
                    f"sys.stdout.buffer.write(open({str(lines)!r}, 'rb').read())\n"
                    f"text = {told}\n"
                    "text = ''.join(c for c in text if c >= ' ')\n"
                    "open(os.environ['MOSAIC_OUTPUT'], 'a').write(f'said={text}\\n')\n"
                    f"print('::error::' + text)\nsys.exit({number % 2})\n",
                }
            ],
        }
    say = f"cat {lines}; echo; printf '%s' {shlex.quote(texts[2])}; echo"
    wait = f"while [ -e {_hold(profile)} ]; do sleep 0.1; done"
    jobs["live"] = {"name": texts[0], "steps": [{"run": f"{say}; {wait}", "name": texts[2]}]}
    jobs["gate"] = {"name": texts[0], "approval": texts[2], "steps": [{"run": "true"}]}
    _hold(profile).touch()
    text = yaml.safe_dump({"name": texts[2], "run-name": texts[2], "jobs": jobs}, allow_unicode=False)
    request = {"text": text, "target": f"{FILES[0]}.yaml", "run_id": "harm"}
    profile.request("POST", "/api/runs", request)
    for name in jobs:
        profile.until_task("harm", name, "accepted", "failed", "gated", "leased" if name == "live" else "gated")
    return "harm"


def _hold(profile):
    return profile.directory / "hold"


def _files(profile, lines):
    texts = [*LINES.values(), *MARKUP.values()]
    script = WRITE_FILES.format(names=FILES, texts=texts[: len(FILES)])
    job = {"name": "Leave files", "publish": True, "steps": [{"shell": "python", "run": script}]}
    text = yaml.safe_dump({"name": "files", "jobs": {"leave": job}})
    request = {
        "text": text,
        "target": "files.yaml",
        "run_id": "files",
        "settings": {"workspace": "git", "repository": str(profile.directory / "repository"), "create": True},
    }
    profile.request("POST", "/api/runs", request)
    profile.until_task("files", "leave", "accepted", "failed")
    return "files"


def _document(profile):
    """Plan a document; the planner may refuse it, and then the refusal is what is shown."""
    stories = "\n".join(f"- As a {text} I can {text}" for text in MARKUP.values() if "\x00" not in text)
    text = f"# Shop {MARKUP['an image']}\n\n{DOCUMENT}\n\n## User stories\n\n{stories}\n"
    try:
        run = profile.request("POST", "/api/runs", {"text": text, "target": "harm.md", "run_id": "document"})
    except Problem:
        return []
    profile.draft = profile.call("draft.create", text=text, path="harm.md")["id"]
    return [run["run_id"]]


def _words(profile, run):
    texts = [text for text in MARKUP.values() if "\x00" not in text]
    about = {"run_id": run, "task_id": "gate"}
    for text in texts:
        words = {"text": f"{text}\n\n{DOCUMENT}", **about}
        profile.call("inbox.ask", title=text[:200], options=texts[:4], **words)
        profile.call("message.send", to="all", subject=text[:200], **words)
    asked = profile.call("inbox.ask", title="Which?", text=DOCUMENT, **about)
    profile.call("inbox.answer", id=asked["id"], answer=texts[2], comment=DOCUMENT, name=texts[0][:100])
    profile.call("run.pause", run_id=run, reason=texts[2])
