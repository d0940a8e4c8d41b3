"""
Acceptance sampling, exact intervals, reproducible draws, elusion, defect rates, agreement and control charts.

Callers use `agreement`, `charts`, `intervals` and `plans` as modules and the functions named below from the
package. See docs/algorithms/sampling.md.
"""

from cursitor.engines.sampling import agreement, charts, intervals, plans
from cursitor.engines.sampling.draws import DrawRefused, commitment, draw, verify_commitment
from cursitor.engines.sampling.elusions import (
    Elusion,
    Precision,
    Recall,
    Richness,
    elusion,
    precision,
    recall_directly,
    recall_from_elusion,
    richness,
    weakness,
)
from cursitor.engines.sampling.sigma import DefectRate, defect_rate, dpmo_at_sigma, sigma_at_dpmo

__all__ = [
    "DefectRate",
    "DrawRefused",
    "Elusion",
    "Precision",
    "Recall",
    "Richness",
    "agreement",
    "charts",
    "commitment",
    "defect_rate",
    "dpmo_at_sigma",
    "draw",
    "elusion",
    "intervals",
    "plans",
    "precision",
    "recall_directly",
    "recall_from_elusion",
    "richness",
    "sigma_at_dpmo",
    "verify_commitment",
    "weakness",
]
