"""Take web articles about a health subject apart, claim by claim.

`load` reads a corpus (a folder with ``data/`` and ``seeds/``) into an `Atlas` of DataFrames and
raises one `CorpusError` that carries every fault; `validate` returns the faults instead.
Importing the package imports neither plotting nor the validation library.
"""

from claimatlas.atlas import Atlas, CorpusError, Fault, load, validate

__version__ = "0.1.0"

__all__ = ["Atlas", "CorpusError", "Fault", "__version__", "load", "validate"]
