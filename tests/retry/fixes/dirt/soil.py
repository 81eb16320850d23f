# ruff: noqa: RUF001 (the signs are the subject)
"""Clean programs, and ways to soil them."""

from __future__ import annotations

import ast
import html
import json
import textwrap
from collections.abc import Callable, Mapping, Sequence
from typing import TypeAlias

from mge_toolkit.core.ports import Candidate
from mge_toolkit.core.results import Category
from mge_toolkit.retry.fixes.dirt import dirt_fixers
from tests.retry.fixes.cases import make_case, proposed

Dirt: TypeAlias = Callable[[str], str]

AREA = '''import math


# Areas of circles.
def area(radius: float) -> float:
    """Return the area of a circle."""
    if radius < 0 or radius > 1e9:
        raise ValueError("bad 'radius': " + str(radius))
    return math.pi * radius ** 2


class Shape:
    """A shape."""

    def __init__(self, name='circle'):
        self.name = name

    def describe(self):
        return f"{self.name} & more"


if area(1) > 3 and not area(0):
    print('it\\'s', "fine\\n")
'''

WORDS = """from collections import Counter


@staticmethod
def most_common(text, *, limit=3):
    counts = Counter(
        word.strip(".,;")
        for word in text.split()
        if word
    )
    try:
        return [word for word, _ in counts.most_common(limit)]
    except (TypeError, ValueError) as error:
        raise RuntimeError("no words") from error


TABLE = {
    "a": [1, 2],
    "b": [3 - 1, 4 * 2],
}
"""

SCRIPT = """total = 0
for number in range(10):
    if number % 2 == 0:
        total += number
    else:
        total -= 1
result = total
"""

JAVASCRIPT = """import assert from "node:assert";

// Areas of circles.
function area(radius) {
  if (radius < 0 || radius > 1e9) {
    throw new Error("bad 'radius'");
  }
  return Math.PI * radius ** 2;
}

const names = ['a', "b"].map((n) => `${n} is fine`);
for (let i = 0; i < names.length && i >= 0; i++) {
  console.log(names[i], 'it\\'s\\n');
}
assert(area(1) > 3);
"""

PROGRAMS: Mapping[str, str] = {"area": AREA, "words": WORDS, "script": SCRIPT}


def prefixed(prefix: str) -> Dirt:
    return lambda text: "\n".join(prefix + line for line in text.split("\n"))


def numbered(form: str) -> Dirt:
    return lambda text: "\n".join(form.format(n, line) for n, line in enumerate(text.split("\n"), 1))


def curly(text: str) -> str:
    """Put curly quotes in place of straight double ones, opening and closing in turn."""
    halves = text.split('"')
    return "".join(
        half + ("" if n == len(halves) - 1 else "”" if n % 2 else "“") for n, half in enumerate(halves)
    )


def without_breaks(text: str) -> str:
    return text.replace("    ", "\xa0\xa0\xa0\xa0").replace("  ", "\xa0\xa0")


def patch(text: str) -> str:
    lines = text.rstrip("\n").split("\n")
    marked = [("+" if n % 3 else " ") + line for n, line in enumerate(lines)]
    return (
        "\n".join(["--- a/x", "+++ b/x", "@@ -1,3 +1,4 @@", marked[0], "-an older line (", *marked[1:]])
        + "\n"
    )


def fenced(tag: str, mark: str = "```") -> Dirt:
    return lambda text: f"{mark}{tag}\n{text}{mark}\n"


def within(before: str, after: str) -> Dirt:
    return lambda text: before + text + after


def session(text: str) -> str:
    """Write a program as it is typed at Python's prompts."""
    typed: list[str] = []
    statements = ast.parse(text).body
    lines = text.split("\n")
    for statement in statements:
        first = min([statement.lineno, *(d.lineno for d in getattr(statement, "decorator_list", ()))])
        end = statement.end_lineno or first
        typed.extend((">>> " if n == first else "... ") + lines[n - 1] for n in range(first, end + 1))
        typed.append("'answer'")
    return "\n".join(typed) + "\n"


CHARACTERS: Mapping[str, Dirt] = {
    "curly quotes": curly,
    "spaces that do not break": without_breaks,
    "a byte order mark": lambda text: "\ufeff" + text,
    "zero width spaces": lambda text: text.replace("= ", "\u200b= ").replace("(", "(\u200b", 1),
    "full-width brackets": lambda text: text.replace("(", "（").replace(")", "）")
    if "(t" not in text
    else text,
    "entities": html.escape,
    "entities but quotes": lambda text: html.escape(text, quote=False),
    "minus signs": lambda text: text.replace(" - ", " − ").replace(" -= ", " −= "),
}

LINES: Mapping[str, Dirt] = {
    "line numbers": numbered("{}: {}"),
    "aligned line numbers": numbered("{:>3} | {}"),
    "listed line numbers": numbered("{}. {}"),
    "tabbed line numbers": numbered("{}\t{}"),
    "bare line numbers": numbered("{:2d}  {}"),
    "added lines": prefixed("+"),
    "a patch": patch,
    "a reply": prefixed("> "),
    "a tight reply": prefixed(">"),
}

AROUND: Mapping[str, Dirt] = {
    "prose before": within("Sure! Here is the solution that you asked for:\n\n", ""),
    "prose after": within("", "\nThis works because it's careful, and it doesn't (ever) fail.\n"),
    "prose around": within("Here is the program.\n", "It works well, I'm sure.\n"),
    "a label": within("Answer:\n", ""),
    "a chat": within("<|im_start|>assistant\n", "<|im_end|>\n"),
    "an instruction": within("[INST] write code for this [/INST]\n", "</s>\n"),
}


def fences(tag: str) -> Mapping[str, Dirt]:
    return {
        "a fence": fenced(tag),
        "a bare fence": fenced(""),
        "tildes": fenced(tag, "~~~"),
        "an open fence": within(f"```{tag}\n", ""),
        "a fence behind": within("", "```\n"),
        "a fence at the end": lambda text: text.rstrip("\n") + "```\n",
        "an indented fence": lambda text: "1. Do this:\n\n"
        + textwrap.indent(f"```{tag}\n{text}```\n", "   "),
        "a first line": within(f"{tag}\n", ""),
        "a copied page": within(f"{tag}Copy code\n", ""),
    }


WHOLE: Mapping[str, Dirt] = {
    "escapes": lambda text: json.dumps(text)[1:-1],
    "a JSON string": json.dumps,
    "a JSON object": lambda text: json.dumps({"explanation": "none", "code": text}),
    "breaks alone escaped": lambda text: text.replace("\n", "\\n"),
    "tags": lambda text: f'<pre><code class="x">{html.escape(text)}</code></pre>',
    "line break tags": lambda text: text.replace("\n", "<br/>"),
}


def washed(text: str, language: str = "python") -> Sequence[Candidate]:
    """Return what all washes together make of a source that does not parse."""
    return proposed(dirt_fixers()[0], make_case(text, category=Category.SYNTAX, language=language))


def same(code: str, original: str, language: str = "python") -> bool:
    """Return whether two sources differ at most in spaces at the ends of lines, or parse alike."""
    if language != "python":  # where such a space, and a mark at the beginning, are as good as others
        code = code.replace("\xa0", " ").removeprefix("\ufeff")
    lines = [[line.rstrip() for line in text.strip().split("\n")] for text in (code, original)]
    if lines[0] == lines[1]:
        return True
    if language != "python":
        return False
    try:
        return ast.dump(ast.parse(code)) == ast.dump(ast.parse(original))
    except (SyntaxError, ValueError):
        return False
