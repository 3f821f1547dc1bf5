"""What a measurement prints and writes."""

import json

from cnnlab import __main__ as command_line


def told_and_kept(capsys, tmp_path, *words):
    out = tmp_path / "bench.json"
    assert command_line.main(["bench", *words, "--out", str(out)]) == 0
    return capsys.readouterr().out, json.loads(out.read_text())
