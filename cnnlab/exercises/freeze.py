"""Exercise of lesson 12: make ready to train the new last layer alone."""

from torch import Generator

from cnnlab.exercises.kit import Arguments, Exercise, crossed, integer, misconceptions_from
from cnnlab.exercises.kit.observed_freeze import TransferredSpec, extract_freeze, prepare_freeze

ASKED = {"freeze": ("Lesson 12.1", "12 frozen-intro")}


def _inputs(generator: Generator) -> list[Arguments]:
    flags = (True, False), (True, False), (True, False, False)
    settings = crossed(generator, 32, range(2, 8), range(1, 4), range(2, 7), *flags)
    seeds = (integer(generator, 0, 999) for _ in settings)
    return [(TransferredSpec._make((*each, next(seeds))),) for each in settings]


FREEZE = Exercise(
    name="freeze",
    task="Let only the parameters of model.head learn, the rest in eval mode, and return them.",
    returns="a list of parameters",
    inputs=_inputs,
    prepare_arguments=prepare_freeze,
    extract_answer=extract_freeze,
    live=True,
    facts={
        "the model comes in train mode": lambda model: model.training,
        "the head has a bias": lambda model: model.bias,
        "the body comes frozen": lambda model: model.frozen,
    },
    misconceptions=misconceptions_from("""
    head frozen too
        the new head is frozen like the rest, and nothing can learn
        Which weights should the optimizer change?
        edit: \\n    model.head.requires_grad_(True) ->
    nothing frozen
        no parameter is frozen; only the returned list is short
        For which weights does backward() then compute a gradient, and what does that cost?
        edit: model.requires_grad_(False) -> model.requires_grad_(True)
    freezing left out
        the parameters learn, or do not, as they did before
        Which attribute of a parameter says whether it gets a gradient?
        edit: \\n    model.requires_grad_(False) ->
        edit: \\n    model.head.requires_grad_(True) ->
    the head frozen, the rest learning
        the head is frozen and all other layers learn
        Which layer is new, and has learned nothing yet?
        edit: model.requires_grad_(False) -> model.requires_grad_(True)
        edit: model.head.requires_grad_(True) -> model.head.requires_grad_(False)
    body in train mode
        the body is in train mode, not in eval mode
        A frozen batch norm has no gradient. What changes its running mean all the same?
        edit: model.eval() -> model.train()
    modes left as they came
        every layer stays in the mode that it came in
        In which mode is a network that was just built?
        edit: \\n    model.eval() ->
        edit: \\n    model.head.train() ->
    batch norm in train mode
        batch norm is in train mode, not in eval mode
        A frozen batch norm has no gradient. What changes its running mean all the same?
        edit: model.head.train() -> for layer in model.modules():\\n\
        layer.train(layer is model.head or isinstance(layer, torch.nn.BatchNorm2d))
    dropout in train mode
        the body's dropout is in train mode, not in eval mode
        Should one image have the same frozen features in every epoch?
        edit: model.head.train() -> for layer in model.modules():\\n\
        layer.train(layer is model.head or isinstance(layer, torch.nn.Dropout))
    head in eval mode
        the head is in eval mode like the rest
        Which layer is it that learns, and may have dropout of its own?
        edit: \\n    model.head.train() ->
    batch norm learning
        batch norm's weight and bias learn, together with the head
        Which layers have parameters, besides convolutions and linear layers?
        edit: model.head.requires_grad_(True) -> model.head.requires_grad_(True)\\n    \
for layer in model.modules():\\n        \
layer.requires_grad_(True) if isinstance(layer, torch.nn.BatchNorm2d) else None
    only the head's weight learning
        of the head only the weight learns
        Which two parameters does a linear layer have?
        edit: model.head.requires_grad_ -> model.head.weight.requires_grad_
    only the weight returned
        only the head's weight is returned
        Which two parameters does a linear layer have?
        edit: list(model.head.parameters()) -> [model.head.weight]
    only the bias returned
        only the head's bias is returned
        Which two parameters does a linear layer have?
        edit: list(model.head.parameters()) -> [model.head.bias]
    all parameters returned
        the parameters of the whole model are returned
        Which of them should the optimizer change?
        edit: model.head.parameters() -> model.parameters()
    copies returned
        copies of the head's parameters are returned
        If an optimizer changes a copy, what does the model notice?
        edit: list(model.head.parameters()) -> [p.detach().clone() for p in model.head.parameters()]
    iterator returned
        what is returned can be read only once
        What does list() make of model.head.parameters()?
        edit: list(model.head.parameters()) -> model.head.parameters()
    weights changed
        the model's weights or its running statistics are not what they were
        Where is what the network has learned from other images?
        edit: model.requires_grad_(False) -> model.requires_grad_(False)\\n    \
for each in model.parameters(): each.zero_()
    a copy prepared
        the model is as it was, and what is returned belongs to a copy
        Which model will the training loop call: the one that was given, or yours?
        edit: model.eval() -> model = __import__("copy").deepcopy(model)\\n    model.eval()
    head replaced
        the model has another last layer afterwards
        The head is made already. What is left to do with it?
        edit: return -> model.head = torch.nn.Linear(*model.head.weight.T.shape)\\n    return
    """),
    hints=(
        "Two things are independent: the mode of a layer, and whether its parameters learn.",
        "First all, then the exception: model.eval(), and the head back with model.head.train().",
        "requires_grad_(False) freezes a whole module, (True) thaws one; list(head.parameters()).",
    ),
    solution="""\
def freeze(model):
    model.eval()
    model.head.train()
    model.requires_grad_(False)
    model.head.requires_grad_(True)
    return list(model.head.parameters())
""",
)
