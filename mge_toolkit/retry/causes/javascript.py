"""V8's and Deno's own wordings and TypeScript's codes, by the kind of the failure."""

from __future__ import annotations

import re
from typing import Final

from mge_toolkit.retry.causes.rules import did_you_mean, rule, words
from mge_toolkit.retry.causes.scene import Scene, nearest

_MODULES: Final = words(
    "assert buffer child_process cluster crypto dns events fs http https net os path perf_hooks "
    "process querystring readline stream string_decoder timers tls tty url util v8 vm worker_threads "
    "zlib"
)
_MEMBERS: Final = words(
    "length push pop shift unshift slice splice concat join reverse sort filter map reduce "
    "reduceRight forEach find findIndex findLast some every includes indexOf lastIndexOf flat "
    "flatMap fill keys values entries at charAt charCodeAt codePointAt fromCharCode split trim "
    "trimStart trimEnd toUpperCase toLowerCase startsWith endsWith padStart padEnd repeat replace "
    "replaceAll match matchAll search substring has get set add delete clear size toString toFixed "
    "valueOf hasOwnProperty call apply bind then catch finally isArray isInteger parseInt parseFloat "
    "floor ceil round abs sqrt pow max min random assign freeze stringify parse log error warn"
)
_GLOBALS: Final = words(
    "console Math JSON Object Array String Number Boolean Map Set Date Promise RegExp Error Symbol "
    "BigInt parseInt parseFloat isNaN isFinite undefined NaN Infinity setTimeout structuredClone "
    "require module exports"
)
_WORDS: Final = {
    "None": "null",
    "True": "true",
    "False": "false",
    "nil": "null",
    "print": "console.log",
    "len": ".length",
}


def _name(matched: re.Match[str], scene: Scene) -> str | None:
    word = matched[1]
    if word in _WORDS:
        return f"write '{_WORDS[word]}'"
    if word in _MODULES:
        return f"'import {word} from \"node:{word}\"' is missing"
    return did_you_mean(nearest(word, scene.names() - {word}) or nearest(word, _GLOBALS))


def _member(matched: re.Match[str], scene: Scene) -> str | None:
    *path, word = matched[1].split(".")
    if not path:
        return did_you_mean(nearest(word, scene.names() - {word}))
    if word in ("length", "size"):
        return f"'{word}' is a property: leave '()' out"
    return did_you_mean(nearest(word, _MEMBERS) or nearest(word, scene.members() - {word}))


def _read(matched: re.Match[str], scene: Scene) -> str | None:
    kind = matched[1]
    return f"test for {kind} first (or read it with '?.'); is an index one too far, or a 'return' missing?"


def _module(matched: re.Match[str], scene: Scene) -> str | None:
    word = matched[1].removeprefix("node:")
    near = nearest(word, _MODULES)
    return did_you_mean(near) or f"'{word}' is not there where atoms run, or is misspelt"


RULES: Final = {
    "name": (
        rule(r"(\S+) is not defined", "The name '{0}' is not defined where it is used.", _name),
        rule(
            r"Cannot access '(.+?)' before initialization",
            "'{0}' is used before the line that declares it.",
            "declare it earlier",
        ),
    ),
    "null": (
        rule(
            r"Cannot (?:read|set) propert[^\n]*? of (null|undefined)(?: \(\w+ '(.*?)'\))?",
            "'.{1}' was asked of {0}: what should be an object is missing.",
            _read,
        ),
        rule(
            r"Cannot destructure .* as it is (null|undefined)", "A value that is {0} was taken apart.", _read
        ),
        rule(r"Cannot convert undefined or null to object", "An object was expected and there is none."),
        rule(r"(null|undefined) is not iterable", "A value that is {0} was iterated over.", _read),
    ),
    "type": (
        rule(r"([\w$.]+(?:\(\.\.\.\))?[\w$.]*) is not a function", "'{0}' is no function.", _member),
        rule(
            r"(.{1,80}?) is not iterable",
            "'{0}' was iterated over and cannot be.",
            "use Object.entries(…), keys or values for an object",
        ),
        rule(r"(.{1,80}?) is not a constructor", "'{0}' was used with 'new' and is no class."),
        rule(
            r"Assignment to constant variable", "A constant was given a new value.", "declare it with 'let'"
        ),
        rule(
            r"Class constructor (\w+) cannot be invoked without 'new'",
            "The class '{0}' was called like a function.",
            "write 'new {0}(…)'",
        ),
        rule(
            r"Cannot mix BigInt",
            "A BigInt was calculated with a number.",
            "convert one of them: BigInt(…) or Number(…)",
        ),
        rule(
            r"Reduce of empty array with no initial value",
            "An empty array was reduced.",
            "give 'reduce' an initial value",
        ),
        rule(r"Cannot assign to read only property '?(.*?)'?(?: of|$)", "'{0}' cannot be changed."),
        rule(
            r"Converting circular structure to JSON", "An object that contains itself was turned into JSON."
        ),
        rule(
            r"Cannot use 'in' operator",
            "'in' was asked of something that is no object.",
            "use '.includes(…)'",
        ),
    ),
    "value": (
        rule(r"Invalid array length", "An array was made with a length that is negative or no whole number."),
        rule(r"Invalid count value", "'repeat' was asked for a negative or endless count."),
        rule(r".*JSON", "The text is not valid JSON."),
    ),
    "recursion": (
        rule(
            r"",
            "The function calls itself without end.",
            "add the missing base case, or have each call come closer to it",
        ),
    ),
    "module": (
        rule(
            r"(?:Cannot find \w+|Module not found|Unknown built-in \"node:\" module:?) ?[\"']?([\w@:./-]+)",
            "There is no module '{0}'.",
            _module,
        ),
        rule(r"Relative import path \"(.+?)\" not prefixed", "There is no module '{0}'.", _module),
    ),
    "import": (
        rule(
            r"The requested module '(.+?)' does not provide an export named '(.+?)'",
            "The module '{0}' has no '{1}'.",
        ),
    ),
    "syntax": (
        rule(
            r"Unexpected end of input|Unexpected eof", "The code ends too early.", "is a '}}' or ')' missing?"
        ),
        rule(
            r"missing \) after argument list", "An argument list is not closed.", "is a ')' or ',' missing?"
        ),
        rule(r"Unexpected token '?(.+?)'?\Z", "'{0}' stands where it does not belong."),
        rule(
            r"Unexpected identifier '?(.*?)'?\Z",
            "'{0}' stands where it does not belong.",
            "is an operator, ',' or ';' missing before it?",
        ),
        rule(
            r"Identifier '(.+?)' has already been declared",
            "'{0}' is declared twice.",
            "leave one declaration out",
        ),
        rule(
            r"Invalid or unexpected token|Unterminated (?:string|template)",
            "A text or a character is not as it should be.",
            "is a quote missing?",
        ),
        rule(
            r"await is only valid in async",
            "'await' stands in a function that is not async.",
            "write 'async' before the function",
        ),
        rule(r"Missing initializer in const declaration", "A constant has no value."),
        rule(r"Expected (.{1,80})", "Something else is expected here: {0}."),
        rule(r"(.{3,120})\Z", "The code cannot be parsed: {0}."),
    ),
    "typecheck": (
        rule(
            r".*Did you mean (?:the \w+ member )?'(.+?)'",
            "A name is not known to the type checker.",
            "did you mean '{0}'?",
        ),
        rule(r"Cannot find name '(.+?)'", "The name '{0}' is not declared.", _name),
        rule(
            r"Property '(.+?)' does not exist on type '(.{1,80}?)'", "The type '{1}' has no '{0}'.", _member
        ),
        rule(
            r"Type '(.{1,80}?)' is not assignable to type '(.{1,80}?)'",
            "A value of the type '{0}' was used as '{1}'.",
        ),
        rule(
            r"Argument of type '(.{1,80}?)' is not assignable to parameter of type '(.{1,80}?)'",
            "A value of the type '{0}' was passed as '{1}'.",
        ),
        rule(
            r"Expected (.{1,20}?) arguments?, but got (\d+)",
            "A function was called with {1} arguments and takes {0}.",
        ),
        rule(
            r"(?:Object|'(.{1,60}?)') is possibly '(\w+)'",
            "'{0}' may be {1} here.",
            "test for it first, or use '?.'",
        ),
        rule(
            r"Parameter '(.+?)' implicitly has an 'any' type",
            "The parameter '{0}' has no type.",
            "write ': type' after it",
        ),
        rule(r"Cannot find module '(.+?)'", "There is no module '{0}'.", _module),
        rule(r"Property '(.+?)' is missing in type", "The property '{0}' is missing."),
        rule(
            r"Cannot assign to '(.+?)' because it is a constant",
            "The constant '{0}' was given a new value.",
            "declare it with 'let'",
        ),
        rule(r"(.{3,160})\Z", "The type checker says: {0}."),
    ),
    "await": (
        rule(
            r"",
            "The program waits for something that never happens.",
            "resolve every promise, and await only what settles",
        ),
    ),
}
