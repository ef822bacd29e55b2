"""A small language of formulas: read, evaluated over arrays, differentiated, and written as code or LaTeX."""

from lrviz.formula.algebra import bind
from lrviz.formula.derivative import derivative
from lrviz.formula.grammar import CONSTANTS, FUNCTIONS, MAX_DEPTH, MAX_LENGTH, FormulaError, Program, parse
from lrviz.formula.latex import latex
from lrviz.formula.tape import Tape

__all__ = [
    "CONSTANTS",
    "FUNCTIONS",
    "MAX_DEPTH",
    "MAX_LENGTH",
    "FormulaError",
    "Program",
    "Tape",
    "bind",
    "derivative",
    "latex",
    "parse",
]
