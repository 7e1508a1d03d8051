"""Questions with known answers → scores: how good a library's answers are, and whether a change improved them.

``evaluate`` asks the questions, ``compare`` tells whether a difference is significant, ``save_plots`` draws.
``docs/evaluation.md`` defines the figures. Only ``save_plots`` needs the extra ``evaluate``.
"""

from qa.evaluation.comparing import Comparison, Difference, compare
from qa.evaluation.figures import Figure, ScoredQuestion
from qa.evaluation.plots import save_plots
from qa.evaluation.questions import Problem, Question, read_questions
from qa.evaluation.result import Evaluation
from qa.evaluation.run import EvaluatedLibrary, evaluate, outcomes, temporary_library

__all__ = [
    "Comparison",
    "Difference",
    "EvaluatedLibrary",
    "Evaluation",
    "Figure",
    "Problem",
    "Question",
    "ScoredQuestion",
    "compare",
    "evaluate",
    "outcomes",
    "read_questions",
    "save_plots",
    "temporary_library",
]
