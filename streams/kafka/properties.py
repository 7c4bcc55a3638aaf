"""Java's properties format, in which Kafka's own tools are configured."""

import re

# A key ends at the first "=", ":" or white space that no backslash protects.
_ENTRY = re.compile(r"((?:[^\\=:\s]|\\.)+)\s*[=:\s]?\s*(.*)", re.DOTALL)
_ESCAPED = re.compile(r"\\(.)", re.DOTALL)
_LETTERS = {"n": "\n", "t": "\t", "r": "\r"}
_CONTINUED = re.compile(r"(?<!\\)(?:\\\\)*\\$")


def split_properties(text: str) -> dict[str, str]:
    r"""Read keys and values of a properties file.

    Parameters
    ----------
    text : str
        Lines ``key = value``, ``key: value`` or ``key value``; ``#`` and ``!`` begin a
        comment line, a backslash at the end of a line continues it.

    Returns
    -------
    dict of str to str
        A key given twice has its last value.

    Examples
    --------
    >>> split_properties("# me\na.b = 1\nc: x \\\n   y")
    {'a.b': '1', 'c': 'x y'}
    """
    found = {}
    for line in _logical_lines(text):
        entry = _ENTRY.match(line)
        if entry:
            key, value = map(_unescaped, entry.groups())
            found[key] = value.strip()
    return found


def _logical_lines(text: str) -> list[str]:
    lines: list[str] = []
    continued = False
    for physical in text.splitlines():
        line = physical.strip()
        if not continued and (not line or line[0] in "#!"):
            continue
        continues = bool(_CONTINUED.search(line))
        line = line[:-1] if continues else line
        if continued:
            lines[-1] += line
        else:
            lines.append(line)
        continued = continues
    return lines


def _unescaped(text: str) -> str:
    return _ESCAPED.sub(lambda match: _LETTERS.get(match[1], match[1]), text)
