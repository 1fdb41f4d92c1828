"""What learns: specifications of networks, and the Equinox modules they build."""

from grokphase.models.network import Dense as Dense
from grokphase.models.network import Network as Network
from grokphase.models.specification import MLP as MLP
from grokphase.models.specification import Initial as Initial
from grokphase.models.specification import Model as Model
from grokphase.models.specification import Toy as Toy
from grokphase.models.transformer import Transformer as Transformer
from grokphase.models.user import UserModel as UserModel

KINDS: dict[str, type[Toy] | type[MLP] | type[Transformer]] = {
    "toy": Toy,
    "mlp": MLP,
    "transformer": Transformer,
}
"""The models that have a name in a shell."""

__all__ = [
    "KINDS",
    "MLP",
    "Dense",
    "Initial",
    "Model",
    "Network",
    "Toy",
    "Transformer",
    "UserModel",
]
