"""The nouns of the project: frozen values without I/O.

Offsets everywhere are Unicode code points into ``Document.text``, ``end`` is exclusive; pages and lines count from 1.
"""

from qa.types.answers import STRUCK as STRUCK
from qa.types.answers import UNPROVEN as UNPROVEN
from qa.types.answers import Answer as Answer
from qa.types.answers import Citation as Citation
from qa.types.answers import Hit as Hit
from qa.types.answers import HitDetail as HitDetail
from qa.types.answers import SpanScore as SpanScore
from qa.types.answers import Statement as Statement
from qa.types.answers import StatementStatus as StatementStatus
from qa.types.documents import HEADING_SEPARATOR as HEADING_SEPARATOR
from qa.types.documents import Block as Block
from qa.types.documents import BlockKind as BlockKind
from qa.types.documents import Cell as Cell
from qa.types.documents import Document as Document
from qa.types.documents import MetadataValue as MetadataValue
from qa.types.documents import Note as Note
from qa.types.documents import Passage as Passage
from qa.types.documents import ReadingReport as ReadingReport
from qa.types.documents import ScannedWord as ScannedWord
from qa.types.documents import Source as Source
from qa.types.documents import SourceSpan as SourceSpan
from qa.types.documents import Unit as Unit
from qa.types.reports import READ_AGAIN as READ_AGAIN
from qa.types.reports import AddReport as AddReport
from qa.types.reports import CheckReport as CheckReport
from qa.types.reports import FileOutcome as FileOutcome
from qa.types.reports import FileStatus as FileStatus
from qa.types.reports import LibraryStats as LibraryStats
from qa.types.reports import Progress as Progress
