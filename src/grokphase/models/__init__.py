"""What learns: specifications of networks, and the Equinox modules they build."""

from grokphase.models.convolutional import Convolutional as Convolutional
from grokphase.models.graphs import MessagePassing as MessagePassing
from grokphase.models.network import Dense as Dense
from grokphase.models.network import Network as Network
from grokphase.models.recurrent import LSTM as LSTM
from grokphase.models.specification import MLP as MLP
from grokphase.models.specification import Initial as Initial
from grokphase.models.specification import Model as Model
from grokphase.models.specification import Toy as Toy
from grokphase.models.transformer import Transformer as Transformer
from grokphase.models.user import UserModel as UserModel

BuiltInModel = Toy | MLP | Transformer | LSTM | MessagePassing | Convolutional

KINDS: dict[str, type[BuiltInModel]] = {
    "toy": Toy,
    "mlp": MLP,
    "transformer": Transformer,
    "lstm": LSTM,
    "message-passing": MessagePassing,
    "convolutional": Convolutional,
}
"""The models that have a name in a shell."""

__all__ = [
    "KINDS",
    "LSTM",
    "MLP",
    "Convolutional",
    "Dense",
    "Initial",
    "MessagePassing",
    "Model",
    "Network",
    "Toy",
    "Transformer",
    "UserModel",
]
