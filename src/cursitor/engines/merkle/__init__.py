"""
The log tree of RFC 6962 and RFC 9162 (SHA-256): hashes, compact ranges, proofs, checkpoints, exports.

Callers import the package (`from cursitor.engines import merkle`) and use the names below. See
docs/algorithms/merkle.md for what the tree guarantees and what it does not.
"""

from cursitor.engines.merkle.canonical import NotCanonical, canonical_json, field_commitment
from cursitor.engines.merkle.checkpoints import (
    BadSignature,
    checkpoint_note,
    sign_checkpoint,
    verify_checkpoint,
)
from cursitor.engines.merkle.exports import ExportReport, Failure, entry_bytes, verify_export
from cursitor.engines.merkle.frontier import BadFrontier, Frontier
from cursitor.engines.merkle.proofs import (
    ProofFailed,
    consistency_proof,
    inclusion_proof,
    verify_consistency,
    verify_inclusion,
)
from cursitor.engines.merkle.tree import EMPTY_ROOT, leaf_hash, node_hash, root

__all__ = [
    "EMPTY_ROOT",
    "BadFrontier",
    "BadSignature",
    "ExportReport",
    "Failure",
    "Frontier",
    "NotCanonical",
    "ProofFailed",
    "canonical_json",
    "checkpoint_note",
    "consistency_proof",
    "entry_bytes",
    "field_commitment",
    "inclusion_proof",
    "leaf_hash",
    "node_hash",
    "root",
    "sign_checkpoint",
    "verify_checkpoint",
    "verify_consistency",
    "verify_export",
    "verify_inclusion",
]
