"""What people, agents, logs, files and plugins may say to do harm: each text is planted, and must be inert.

A script that ran has set ``window.pwned``; an element that came to life has the class ``injected``; a template
that was drawn says 4011 (1337 * 3). Nothing of it may ask for anything from another machine.
"""

_RUN = "window.pwned=1"

MARKUP = {
    "a script": f"<script class=injected>{_RUN}</script>",
    "an end of everything": "</script></style></title></textarea></template></svg>"
    f"<script class=injected>{_RUN}</script>",
    "an image": f"<img class=injected src=x onerror={_RUN}>",
    "a drawing": f"<svg class=injected onload={_RUN}><animate onbegin={_RUN} attributeName=x dur=1s></svg>",
    "an attribute": f'" class="injected" autofocus onfocus="{_RUN}" onmouseover="{_RUN}" x="',
    "another attribute": f"' class='injected' onfocus='{_RUN}' x='",
    "a comment": "<!--<script class=injected>",
    "a frame": "<iframe class=injected srcdoc='<script>parent.pwned=1</script>'></iframe>",
    "another place": "<base class=injected href=http://elsewhere.example/>"
    "<meta class=injected http-equiv=refresh content='0;url=http://elsewhere.example/'>",
    "a style": "<link class=injected rel=stylesheet href=http://elsewhere.example/x.css>"
    "<style class=injected>@import 'http://elsewhere.example/x.css';body{display:none}</style>",
    "a form": "<form class=injected action=http://elsewhere.example/><button>Go on</button></form>",
    "fragments": "<b class=injected hx-get=/api/runs hx-trigger=load data-hx-get=/api/runs data-hx-trigger=load"
    f" hx-on:load={_RUN} data-hx-on::load={_RUN} data-hx-vals='js:{{x:{_RUN}}}'>x</b>",
    "an island": "<div class='island injected' data-island=x data-module=http://elsewhere.example/x.js></div>",
    "a template": "{{ 1337 * 3 }}{% if 1 %}{{ 1337 * 3 }}{% endif %}${1337 * 3}{{ ''.__class__.__mro__ }}",
    "a prototype": "__proto__",
    "a long word": "W" * 300,
    "a turned word": "gnp.\u202egpj.exe\u2066\u2067",
    "a heap": "e" + "\u0301" * 60,
    "other characters": "\u0000\ufffe\u2028\u2029\x7f\x85\ud7ff",
}
"""For everything that is one line: titles, names, reasons, options."""

LINKS = {
    "a script": f"[press](javascript:{_RUN})",
    "a script in disguise": f"[press](  JaVa\tScRiPt:{_RUN}) [press](java&#115;cript:{_RUN})"
    f" <javascript:{_RUN}>",
    "data": "[press](data:text/html,<script>opener.pwned=1</script>) [press](vbscript:x) [press](file:///etc/passwd)",
    "a reference": f'[press][here]\n\n[here]: javascript:{_RUN} "title"',
    "an image": "![seen](http://elsewhere.example/seen.png) ![seen](//elsewhere.example/seen.png)",
    "markup": f"<a class=injected href=javascript:{_RUN}>press</a>\n\n"
    f"<div class=injected onclick={_RUN}>\n\npress\n\n</div>",
    "markup in code": f"```html\n<script class=injected>{_RUN}</script>\n```\n`<b class=injected>x</b>`",
    "a language": '```" class="injected" onmouseover="window.pwned=1\nx\n```',
    "a title": f"[x](http://127.0.0.1/ '\" class=injected onmouseover={_RUN} \"')",
    "a command": "[press](/download/run.cancel?run_id=harm) [press](/call/run.cancel?run_id=harm)",
    "a table": f"|a|b|\n|-|-|\n|<img class=injected src=x onerror={_RUN}>|[x](javascript:{_RUN})|",
}
"""For Markdown: what is one line there, and what is several."""

LINES = {
    "colours": "\x1b[31;1mred\x1b[0m \x1b[38;2;1;2;3mdark\x1b[48;5;196mloud\x1b[m \x1b[7mturned\x1b[27m",
    "markup in colour": f"\x1b[32m<script class=injected>{_RUN}</script>\x1b[0m",
    "a colour that is none": '\x1b[31" class="injected" x="m \x1b[38;5;9999m \x1b[;;;;;;;;m \x1b[999999999999m',
    "a link": f"\x1b]8;;javascript:{_RUN}\x07press\x1b]8;;\x07 \x1b]8;;http://elsewhere.example/\x1b\\here\x1b]8;;\x1b\\",
    "a title": "\x1b]0;renamed\x07\x1b]2;renamed\x1b\\",
    "the clipboard": "\x1b]52;c;cm0gLXJmIC8=\x07",
    "a picture": "\x1bPq#0;2;0;0;0~\x1b\\\x1b_Gf=24;AAAA\x1b\\\x1b^x\x1b\\",
    "the whole screen": "\x1b[2J\x1b[H\x1b[3J\x1bc\x1b[?1049h\x1b[6n\x1b[21t",
    "an overwritten line": "all is well\rnothing is\x08\x08",
    "an end that does not come": "\x1b]8;;http://elsewhere.example/",
    "half a sequence": "\x1b[38;5",
    "no text": "\x80\xff\x9b31m\u009d0;renamed\u009c",
}
"""For what programs print, a line each."""

FILES = (
    f"<img class=injected src=x onerror={_RUN}>.txt",
    '" class="injected" x=".txt',
    "{{ 1337 * 3 }}.md",
    "\x1b[31mred\x1b[0m.txt",
    "tab\tand\nline.txt",
    "__proto__",
)
"""Names of files that a task leaves in a repository; their content is `LINES` and `LINKS`."""

DOCUMENT = "\n\n".join(LINKS.values())
