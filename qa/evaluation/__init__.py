"""Questions with answers → scores: how well a library answers, how far to trust it, and what a change changed.

``evaluate`` asks, ``compare`` says whether a difference is real, ``save_plots`` draws; definitions stand in
``docs/evaluation.md``. Only ``save_plots`` needs the extra ``evaluate``.
"""

from qa.evaluation.comparing import Comparison, Difference, compare
from qa.evaluation.figures import Figure, Row
from qa.evaluation.plots import save_plots
from qa.evaluation.questions import Problem, Question, read_questions
from qa.evaluation.result import Evaluation
from qa.evaluation.run import Subject, evaluate, library_of, outcomes

__all__ = [
    "Comparison",
    "Difference",
    "Evaluation",
    "Figure",
    "Problem",
    "Question",
    "Row",
    "Subject",
    "compare",
    "evaluate",
    "library_of",
    "outcomes",
    "read_questions",
    "save_plots",
]
