"""What Python's parser says (3.11 to 3.13) where code is no program."""

from __future__ import annotations

from typing import Final

from mge_toolkit.retry.causes.rules import rule

SYNTAX: Final = {
    "syntax": (
        rule(r"expected ':'", "A ':' is missing.", "end the line with ':'"),
        rule(r"'(.)' was never closed", "The bracket '{0}' is not closed."),
        rule(
            r"closing parenthesis '(.)' does not match opening parenthesis '(.)'", "'{1}' is closed by '{0}'."
        ),
        rule(r"unmatched '(.)'", "The bracket '{0}' was never opened.", "take it out, or open it before"),
        rule(
            r"unterminated (?:triple-quoted )?(?:f-)?string literal", "A text is not closed with its quote."
        ),
        rule(
            r"unterminated f-string|f-string: (.{1,80})",
            "The f-string cannot be read.",
            "use other quotes inside than outside",
        ),
        rule(
            r"invalid syntax\. Perhaps you forgot a comma\?",
            "Two expressions stand side by side.",
            "is a ',' missing?",
        ),
        rule(
            r"(?:invalid syntax|cannot assign to .* here)\. Maybe you meant '==' or ':=' instead of '='\?",
            "'=' stands where a comparison is expected.",
            "write '=='",
        ),
        rule(r"cannot assign to (.{1,60})", "Something was assigned to {0}, which takes no value."),
        rule(r"Missing parentheses in call to '(\w+)'", "'{0}' is a function.", "write '{0}(…)'"),
        rule(
            r"invalid character '(.)' \((U\+\w+)\)",
            "The character '{0}' ({1}) is no part of the language.",
            "replace it with the plain one",
        ),
        rule(
            r"invalid non-printable character (U\+\w+)",
            "There is an invisible character ({0}).",
            "delete it, or put a space there",
        ),
        rule(
            r"'(return|yield|await|break|continue)'? ?.*outside",
            "'{0}' stands where it does not belong.",
            "is the line indented as it should be?",
        ),
        rule(r"leading zeros in decimal integer", "A number begins with 0.", "leave the zeros out"),
        rule(
            r"positional argument follows keyword argument",
            "An argument without a name follows one with a name.",
            "put it first",
        ),
        rule(
            r"(?:non-default argument|parameter without a default) follows",
            "A parameter without a default follows one with a default.",
            "put it first, or give it a default",
        ),
        rule(r"expected 'except' or 'finally' block", "A 'try' has neither 'except' nor 'finally'."),
        rule(
            r"multiple exception types must be parenthesized",
            "Several exceptions stand without brackets.",
            "write 'except (A, B):' or 'except A as error:'",
        ),
        rule(r"too many nested|nested too deeply", "The code is nested too deeply for the parser."),
        rule(r"(.{3,120})\Z", "The code is no valid Python: {0}."),
    ),
    "indentation": (
        rule(
            r"expected an indented block after (.{1,60}) on line (\d+)",
            "The block after {0} on line {1} is empty or not indented.",
            "indent it, or write 'pass'",
        ),
        rule(
            r"expected an indented block", "A block is empty or not indented.", "indent it, or write 'pass'"
        ),
        rule(
            r"unindent does not match",
            "The line is indented like none of the blocks around it.",
            "indent it like one of them",
        ),
        rule(
            r"unexpected indent",
            "The line is indented more than the one before it, which begins no block.",
            "indent it like the line before",
        ),
        rule(r"inconsistent use of tabs", "Tabs and spaces are mixed.", "indent with spaces only"),
        rule(r"", "The indentation is wrong."),
    ),
}
