"""Python's own wordings (3.11 to 3.13), by the kind of the failure."""

from __future__ import annotations

from typing import Final

from mge_toolkit.retry.causes import python_hints as hints
from mge_toolkit.retry.causes.python_syntax import SYNTAX
from mge_toolkit.retry.causes.rules import rule

RULES: Final = {
    "name": (
        rule(r"name '(\w+)' is not defined", "The name '{0}' is not defined where it is used.", hints.name),
        rule(
            r"cannot access (?:local|free) variable '(\w+)' where it is not associated",
            "'{0}' is read before it has a value: the function assigns it, so it is local there.",
            hints.unbound,
        ),
    ),
    "attribute": (
        rule(
            r"'NoneType' object has no attribute '(\w+)'",
            "'.{0}' was asked of None: what should be an object is missing.",
            "test for None first, or find out why a function returns nothing",
        ),
        rule(
            r"module '([\w.]+)' has no attribute '(\w+)'",
            "The module '{0}' has no '{1}'.",
            hints.module_attribute,
        ),
        rule(
            r"partially initialized module '([\w.]+)'",
            "The module '{0}' imports itself in a circle.",
            "does a file or an atom have the name of the module?",
        ),
        rule(
            r"type object '(\w+)' has no attribute '(\w+)'", "The class '{0}' has no '{1}'.", hints.attribute
        ),
        rule(
            r"'(\w+)' object has no attribute '(\w+)'",
            "A value of the type '{0}' has no '{1}'.",
            hints.attribute,
        ),
    ),
    "key": (
        rule(r"('([^'\n]*)')\Z", "The mapping has no key {0}.", hints.missing_key),
        rule(r"(.{1,80})()\Z", "The mapping has no key {0}.", "test with 'in' first, or use '.get(…)'"),
    ),
    "index": (
        rule(
            r"pop from (?:an )?empty (\w+)",
            "A value was taken from an empty {0}.",
            "test that it is not empty first",
        ),
        rule(r"pop index out of range", "'pop' was asked for an index outside the list.", hints.index),
        rule(r"(\w+)(?: assignment)? index out of range", "An index lies outside the {0}.", hints.index),
        rule(r"index -?\d+ is out of bounds", "An index lies outside the array.", hints.index),
    ),
    "zero_division": (
        rule(r".*(?:division|modulo) (?:or modulo )?by zero", "A number was divided by zero.", hints.zero),
        rule(
            r"0.0 cannot be raised to a negative power",
            "Zero was raised to a negative power, which divides by it.",
        ),
    ),
    "type": (
        rule(
            r"([\w.<>]+)\(\) missing (\d+) required (?:positional|keyword-only) arguments?: (.+)",
            "'{0}' was called without {2}.",
            "pass {2}, or give the parameter a default",
        ),
        rule(
            r"([\w.<>]+)\(\) takes (?:from \d+ to )?(\d+) positional arguments? but (\d+)",
            "'{0}' was called with {2} arguments and takes {1}.",
            hints.too_many,
        ),
        rule(
            r"([\w.<>]+)\(\) got an unexpected keyword argument '(\w+)'(?:\. Did you mean '(\w+)'\?)?",
            "'{0}' has no parameter '{1}'.",
            hints.keyword,
        ),
        rule(r"([\w.<>]+)\(\) got multiple values for argument '(\w+)'", "'{0}' was given '{1}' twice."),
        rule(
            r"(\w+)\(\) takes no arguments",
            "'{0}' was called with arguments and takes none.",
            "is '__init__' misspelt?",
        ),
        rule(
            r"([\w.]+)(?:\(\))? (?:expected|takes) (?:[a-z]+ (?:\w+t )?)?(\w+) arguments?.*?(?:got |\()(\d+)",
            "'{0}' was called with {2} arguments and takes {1}.",
        ),
        rule(
            r"unsupported operand type\(s\) for ([^:]+): '([\w.]+)' and '([\w.]+)'",
            "'{0}' does not work between the types '{1}' and '{2}'.",
            hints.operands,
        ),
        rule(
            r"can only concatenate (\w+) \(not \"(\w+)\"\) to \w+",
            "A value of the type '{1}' was added to a {0}.",
            "convert it first, or put it in a {0}",
        ),
        rule(
            r"must be str, not (\w+)",
            "A value of the type '{0}' was used as a text.",
            "convert it with str(…)",
        ),
        rule(
            r"'[^']+' not supported between instances of '(\w+)' and '(\w+)'",
            "Values of the types '{0}' and '{1}' cannot be compared by size.",
            hints.comparison,
        ),
        rule(
            r"'NoneType' object (?:is not (\w+)|does not support)",
            "None was used as if it were a value.",
            "test for None first; does a function lack its 'return'?",
        ),
        rule(
            r"object of type 'NoneType' has no len",
            "The length of None was asked for.",
            "does a function lack its 'return'?",
        ),
        rule(
            r"cannot unpack non-iterable (\w+) object",
            "One value of the type '{0}' was unpacked as if it were several.",
        ),
        rule(
            r"'([\w.]+)' object is not callable",
            "A value of the type '{0}' was called like a function.",
            hints.not_callable,
        ),
        rule(
            r"'(?:int|float)' object is not iterable",
            "A number was iterated over.",
            "did you mean 'range(…)'?",
        ),
        rule(r"'(\w+)' object is not iterable", "A value of the type '{0}' was iterated over and cannot be."),
        rule(
            r"'(?:builtin_function_or_method|function|method|type)' object is not subscriptable",
            "A function was indexed instead of called.",
            "use ( ) instead of [ ]",
        ),
        rule(r"'(\w+)' object is not subscriptable", "A value of the type '{0}' was indexed and cannot be."),
        rule(
            r"'float' object cannot be interpreted as an integer",
            "A float was used where only a whole number will do.",
            "divide with '//', or convert it with int(…)",
        ),
        rule(
            r"'(\w+)' object cannot be interpreted as an integer",
            "A {0} was used where only a whole number will do.",
            "convert it with int(…)",
        ),
        rule(
            r"(\w+) (?:indices|index) must be integers?",
            "A sequence was indexed with something that is no whole number.",
            "use a whole number: 'int(…)' or '//'; or is it a dictionary that was meant?",
        ),
        rule(
            r"unhashable type: '(\w+)'|cannot use '(\w+)' as",
            "A value of the type '{0}{1}', which can change, was used as a key or in a set.",
            "turn it into a tuple (or a frozenset) first",
        ),
        rule(
            r"'(\w+)' object does not support item (assignment|deletion)",
            "A value of the type '{0}' cannot be changed.",
            "make a list of it, or build a new value",
        ),
        rule(r"can only join an iterable", "'join' was given a single value.", "give it a list"),
        rule(
            r"sequence item \d+: expected str instance, (\w+) found",
            "A text was joined from values of the type '{0}'.",
            "convert each with str(…) first",
        ),
        rule(
            r"object (\w+) can't be used in 'await' expression",
            "A value of the type '{0}' was awaited.",
            "leave 'await' out, or make the function 'async'",
        ),
        rule(
            r"Can't instantiate abstract class (\w+)",
            "The class '{0}' still has abstract methods.",
            "define all of them in a subclass",
        ),
        rule(
            r"int\(\) argument must be|float\(\) argument must be",
            "Something that is no number or text was converted to a number.",
        ),
    ),
    "module": (rule(r"No module named '([\w.]+)'", "There is no module '{0}'.", hints.module),),
    "import": (
        rule(
            r"cannot import name '(\w+)' from partially initialized module '([\w.]+)'",
            "The module '{1}' imports itself in a circle.",
        ),
        rule(r"cannot import name '(\w+)' from '([\w.]+)'", "The module '{1}' has no '{0}'.", hints.imported),
        rule(
            r"attempted relative import",
            "A relative import does not work here: the code is in no package.",
            "an atom that this one depends on is in the same namespace: no import is needed",
        ),
    ),
    "value": (
        rule(
            r"invalid literal for int\(\) with base (\d+): (.{1,60})",
            "The text {1} is no whole number.",
            "test the text first, or convert it with float(…)",
        ),
        rule(r"could not convert string to float: (.{1,60})", "The text {0} is no number."),
        rule(
            r"not enough values to unpack \(expected (?:at least )?(\d+), got (\d+)\)",
            "{0} values were unpacked from {1}.",
        ),
        rule(
            r"too many values to unpack \(expected (\d+)",
            "More than {0} values were unpacked into {0} names.",
        ),
        rule(
            r"(max|min)\(\) (?:arg is an empty sequence|iterable argument is empty)",
            "'{0}' was asked of nothing at all.",
            "pass 'default=…', or test that there is something first",
        ),
        rule(
            r"substring not found",
            "A text does not hold what '.index' looked for.",
            "use '.find(…)', which gives -1, or test with 'in' first",
        ),
        rule(
            r"list\.remove\(x\): x not in list|.* is not in (?:list|tuple|deque)",
            "What was looked for is not in the list.",
            "test with 'in' first",
        ),
        rule(
            r"math domain error|expected a (?:nonnegative|positive) input",
            "A mathematical function was asked outside its domain.",
            "test for negative numbers (and 0) first",
        ),
        rule(r"Expecting value|Expecting property name|Extra data", "The text is not valid JSON."),
        rule(r"empty range|range\(\) arg 3 must not be zero", "A range is empty or has the step 0."),
    ),
    "recursion": (
        rule(
            r"",
            "The function calls itself without end.",
            "add the missing base case, or have each call come closer to it",
        ),
    ),
    **SYNTAX,
}
