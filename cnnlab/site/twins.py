"""Widgets of one kind in one file share their code: twenty predictions carry it once.

In a notebook each twin is complete, since it may be the only one that is looked at. A page or a
deck holds all of them, and is read, parsed and styled faster for each copy that it lacks.
"""

import hashlib
import json
import re

from cnnlab.widgets.base import TWIN

MARKED = re.escape(TWIN.format(script="@script@", css="@css@", state="@state@"))
PATTERN = re.compile(re.sub(r"@(\w+)@", r"(?P<\1>.*?)", MARKED), re.DOTALL)
FIRST = """<div class="cnnlab-twin"><style>{css}</style></div>
<script>
(globalThis.cnnlabTwins ??= {{}}).{name} = (host, state) => {{
"use strict";
{script}
const el = element("div");
host.append(el);
render({{ model: twinModel(state), el }});
}};
cnnlabTwins.{name}(document.currentScript.previousElementSibling, {state});
</script>"""
AGAIN = """<div class="cnnlab-twin"></div>
<script>cnnlabTwins.{name}(document.currentScript.previousElementSibling, {state});</script>"""


def share_code(html: str) -> str:
    """Return a page whose twins of one kind have the code and the style of the first."""
    seen: set[str] = set()

    def shared(twin: re.Match[str]) -> str:
        script, css, state = twin.group("script", "css", "state")
        name = "code" + hashlib.sha256((script + css).encode()).hexdigest()[:8]
        if name in seen:
            return AGAIN.format(name=name, state=state)
        seen.add(name)
        return FIRST.format(name=name, script=script, css=json.loads(css), state=state)

    return PATTERN.sub(shared, html)
