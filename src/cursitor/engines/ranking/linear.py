"""Logistic regression that begins where it stopped: one more lesson moves it a little, so one short step suffices."""

from dataclasses import dataclass
from typing import Any

import numpy as np
import numpy.typing as npt
import scipy.sparse as sparse

Floats = npt.NDArray[np.float32]
Bools = npt.NDArray[np.bool_]

ROOM = 1 << 16
STEEPEST = 30.0
ENOUGH = 1e-4


@dataclass(frozen=True)
class Model:
    """weights: float32 (n_terms,). A document's score is its row times the weights, plus the intercept."""

    weights: Floats
    intercept: float = 0.0


@dataclass(frozen=True)
class Pains:
    """
    How far a fit goes. steps: Newton steps at most. products: conjugate gradients at most in each, ended when what is
    left is `tolerance` of the gradient.
    """

    steps: int
    products: int
    tolerance: float


class Rows:
    """Rows of a sparse matrix, gathered one by one without copying those before."""

    def __init__(self, n_columns: int) -> None:
        self.n_columns = n_columns
        self._data = np.empty(ROOM, np.float32)
        self._columns = np.empty(ROOM, np.int32)
        self._ends = np.zeros(ROOM, np.int32)
        self._n = 0

    def __len__(self) -> int:
        return self._n

    def append(self, matrix: Any, at: int) -> None:
        """Add row `at` of a float32 CSR matrix."""
        found = slice(matrix.indptr[at], matrix.indptr[at + 1])
        start = int(self._ends[self._n])
        end = start + int(found.stop - found.start)
        if end > len(self._data):
            self._data = np.resize(self._data, 2 * end)
            self._columns = np.resize(self._columns, 2 * end)
        if self._n + 2 > len(self._ends):
            self._ends = np.resize(self._ends, 2 * len(self._ends))
        self._data[start:end] = matrix.data[found]
        self._columns[start:end] = matrix.indices[found]
        self._n += 1
        self._ends[self._n] = end

    def matrix(self) -> Any:
        """Return the rows as float32 CSR (n_rows, n_columns): a view, good until the next row is added."""
        end = self._ends[self._n]
        parts = (self._data[:end], self._columns[:end], self._ends[: self._n + 1])
        return sparse.csr_matrix(parts, shape=(self._n, self.n_columns), copy=False)

    def with_others(self, matrix: Any, others: list[int]) -> Any:
        """Return the rows and, after them, those of a matrix at `others`, as `matrix` does; they are not kept."""
        n = self._n
        for at in others:
            self.append(matrix, at)
        found = self.matrix()
        self._n = n
        return found


def balanced(relevant: Bools, strength: float) -> Floats:
    """
    Return what each lesson weighs, so that the relevant ones weigh as much together as the others: float32 (n,).

    >>> balanced(np.array([True, False, False, False]), 3.0).tolist()
    [6.0, 2.0, 2.0, 2.0]
    """
    n_relevant = int(relevant.sum())
    n = len(relevant)
    return np.where(relevant, strength * n / (2 * n_relevant), strength * n / (2 * (n - n_relevant))).astype(np.float32)


def fit(rows: Any, relevant: Bools, start: Model, *, strength: float, pains: Pains) -> Model:
    """
    Return the model after some Newton steps from `start`.

    rows: float32 CSR (n, n_terms). It minimises half the squared length of weights and intercept plus the balanced
    logistic losses (`balanced`). A step is halved as long as the sum rises. It ends early when the gradient is small.
    Source: Lin, Weng and Keerthi, Trust Region Newton Method for Large-Scale Logistic Regression (JMLR 9, 2008).
    """
    problem = _Problem(rows, relevant, strength)
    point = np.append(start.weights, np.float32(start.intercept))
    margins = problem.margins(point)
    cost = problem.cost(point, margins)
    for _ in range(pains.steps):
        gradient, curvature = problem.slope(point, margins)
        if float(gradient @ gradient) <= (ENOUGH * strength) ** 2:
            break
        step, along = problem.solve(curvature, -gradient, pains)
        share = np.float32(1.0)
        while problem.cost(point + share * step, margins + share * along) > cost and share > ENOUGH:
            share /= 2
        point, margins = point + share * step, margins + share * along
        cost = problem.cost(point, margins)
    return Model(point[:-1], float(point[-1]))


class _Problem:
    """The sum to be made small. A point is the weights with the intercept at the end, float32 (n_terms + 1,)."""

    def __init__(self, rows: Any, relevant: Bools, strength: float) -> None:
        self.rows = rows
        self.columns = rows.T
        self.signs = np.where(relevant, 1, -1).astype(np.float32)
        self.costs = balanced(relevant, strength)

    def margins(self, point: Floats) -> Floats:
        return np.asarray(self.rows @ point[:-1] + point[-1])

    def cost(self, point: Floats, margins: Floats) -> float:
        losses = np.logaddexp(np.float32(0), -self.signs * margins)
        return float(point @ point) / 2 + float(self.costs @ losses)

    def slope(self, point: Floats, margins: Floats) -> tuple[Floats, Floats]:
        """Return the gradient at a point, and how strongly each lesson bends it."""
        wrong = 1 / (1 + np.exp(np.clip(self.signs * margins, -STEEPEST, STEEPEST)))
        return point + self._gathered(-self.costs * self.signs * wrong), self.costs * wrong * (1 - wrong)

    def solve(self, curvature: Floats, target: Floats, pains: Pains) -> tuple[Floats, Floats]:
        """Return the step whose product with the Hessian is about the target, and its margins; conjugate gradients."""
        step, residual = np.zeros_like(target), target.copy()
        along = np.zeros_like(curvature)
        direction = residual.copy()
        length = first = float(residual @ residual)
        for _ in range(pains.products):
            margins = self.margins(direction)
            bent = direction + self._gathered(curvature * margins)
            stride = np.float32(length / float(direction @ bent))
            step += stride * direction
            along += stride * margins
            residual -= stride * bent
            shorter = float(residual @ residual)
            if shorter <= pains.tolerance**2 * first:
                break
            direction = residual + np.float32(shorter / length) * direction
            length = shorter
        return step, along

    def _gathered(self, values: Floats) -> Floats:
        return np.append(self.columns @ values, values.sum(dtype=np.float32))
