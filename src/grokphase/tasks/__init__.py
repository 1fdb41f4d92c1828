"""What is learned: operations, tables, parity, points, functions, images, sentences; its splits.

NumPy only: reading or building a task never starts JAX.

Example:
    >>> from grokphase import tasks
    >>> toy = tasks.task("addition", p=10)
    >>> len(toy), toy.classes
    (55, 19)
    >>> train, validation = tasks.Split(count=45).indices(toy, seed=58)
    >>> len(train), len(validation)
    (45, 10)
"""

from grokphase.tasks.concealment import concealed, hidden_parity
from grokphase.tasks.definition import Task
from grokphase.tasks.divisors import gcd
from grokphase.tasks.groups import group, group_from_table
from grokphase.tasks.images import from_arrays, mnist
from grokphase.tasks.ising import ising
from grokphase.tasks.knowledge import fact_comparison, fact_composition, facts_of
from grokphase.tasks.labels import label_vectors
from grokphase.tasks.molecules import molecules, smiles
from grokphase.tasks.operations import addition, modular
from grokphase.tasks.parity import sparse_parity
from grokphase.tasks.pictures import cifar10, imagenette
from grokphase.tasks.points import moons, spirals, two_gaussians
from grokphase.tasks.properties import OperationProperties
from grokphase.tasks.randomness import stream
from grokphase.tasks.registry import describe, leaves_of, names, task, vary
from grokphase.tasks.regressions import linear_teacher, polynomial_teacher, sparse_regression
from grokphase.tasks.sentences import imdb, sentences
from grokphase.tasks.split import Split
from grokphase.tasks.tables import from_csv, from_file, from_function, from_npy, from_table
from grokphase.tasks.targets import Classification, Regression
from grokphase.tasks.teacher import teacher_student
from grokphase.tasks.told import told

__all__ = [
    "Classification",
    "OperationProperties",
    "Regression",
    "Split",
    "Task",
    "addition",
    "cifar10",
    "concealed",
    "describe",
    "fact_comparison",
    "fact_composition",
    "facts_of",
    "from_arrays",
    "from_csv",
    "from_file",
    "from_function",
    "from_npy",
    "from_table",
    "gcd",
    "group",
    "group_from_table",
    "hidden_parity",
    "imagenette",
    "imdb",
    "ising",
    "label_vectors",
    "leaves_of",
    "linear_teacher",
    "mnist",
    "modular",
    "molecules",
    "moons",
    "names",
    "polynomial_teacher",
    "sentences",
    "smiles",
    "sparse_parity",
    "sparse_regression",
    "spirals",
    "stream",
    "task",
    "teacher_student",
    "told",
    "two_gaussians",
    "vary",
]
