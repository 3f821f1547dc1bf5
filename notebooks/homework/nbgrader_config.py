"""nbgrader's settings for the homework. This folder is the course: run `nbgrader` in it."""

import warnings
from pathlib import Path

from nbconvert.preprocessors import ClearMetadataPreprocessor, CSSHTMLHeaderPreprocessor
from nbgrader import preprocessors as nbgrader
from sqlalchemy.exc import SAWarning

from cnnlab.homework.classroom import export, hand_out
from cnnlab.homework.grading import cleaning, collecting, intake, late, marks, restore, run

warnings.filterwarnings("ignore", category=SAWarning, module="nbgrader")

c = get_config()  # noqa: F821
c.CourseDirectory.root = str(Path(__file__).resolve().parent)
c.CourseDirectory.course_id = "cnnlab"

# What is handed out: functions that do nothing yet, or what a solution says.
c.GenerateAssignment.preprocessors = [
    nbgrader.LockCells,
    hand_out.HandOut,
    nbgrader.ClearOutput,
    nbgrader.CheckCellMetadata,
    nbgrader.ComputeChecksums,
    hand_out.SaveCells,
    nbgrader.ClearHiddenTests,
    nbgrader.ComputeChecksums,
    nbgrader.CheckCellMetadata,
]
c.ClearSolutions.code_stub = {"python": "..."}
c.ClearSolutions.text_stub = "*Your answer, in place of this line.*"

# How a submission is read, and then run.
c.Autograde.pre_convert_hook = intake.prepare
c.Autograde.sanitize_preprocessors = [
    marks.ForgetMarks,
    restore.RestoreCells,
    nbgrader.ClearOutput,
    nbgrader.DeduplicateIds,
    nbgrader.OverwriteKernelspec,
    nbgrader.OverwriteCells,
    nbgrader.CheckCellMetadata,
]
c.Autograde.autograde_preprocessors = [
    run.Run,
    ClearMetadataPreprocessor,
    nbgrader.LimitOutput,
    marks.SaveMarks,
    nbgrader.AssignLatePenalties,
    nbgrader.CheckCellMetadata,
    cleaning.Clean,
]
c.Run.box = True  # False only in a container or virtual machine made for grading
c.Run.timeout = 60  # seconds for one cell
c.Run.seconds = 300  # for all cells of a submission together
c.Run.memory_bytes = 4 * 2**30  # for all processes of a submission together
c.LimitOutput.max_lines = 200

# What a person sees is clean, also if its grading was interrupted or done before it was cleaned.
c.GenerateFeedback.preprocessors = [
    cleaning.Clean,
    nbgrader.GetGrades,
    CSSHTMLHeaderPreprocessor,
]
c.HTMLExporter.preprocessors = [cleaning.Clean]  # Formgrader's

# Late: the due date is in the gradebook, which `nbgrader db assignment add hw1 --duedate=...` sets.
c.AssignLatePenalties.plugin_class = late.PointsPerDay
c.PointsPerDay.points = 0.0  # for each day begun; 0: late is seen and costs nothing
c.PointsPerDay.grace_minutes = 15.0

# grades.csv: what a spreadsheet would run is written as text.
c.ExportApp.plugin_class = export.ExportCsv

# On a hub: who handed in, and when, is what the system says.
c.ExchangeFactory.collect = collecting.CollectExchange

# What an LMS exports: "jane_attempt_2026-11-22-20-15-00_hw1.ipynb".
c.ZipCollectApp.extractor_plugin = collecting.ExtractFiles
c.ZipCollectApp.collector_plugin = collecting.CollectFiles
c.FileNameCollectorPlugin.named_regexp = (
    r"^(?:.*/)?(?P<student_id>[a-z0-9]+)_attempt_(?P<timestamp>[0-9\-]+)_"
    r"(?P<file_id>[^ ]+?)( \(\d+\))?\.ipynb$"  # whatever the file's own ending is
)
c.FileNameCollectorPlugin.valid_ext = [".ipynb", ".pt", ".txt", ".json"]
