"""Exercise of lesson 05: how good is a model?"""

from torch import Generator

from cnnlab.exercises.kit import Arguments, Exercise, misconceptions_from
from cnnlab.exercises.kit.observed_loops import extract_evaluation, prepare_evaluation
from cnnlab.exercises.kit.probes import differ_in_size, draw_many

ASKED = {"evaluate": ("Lesson 05.1", "05 loop-intro", 0, "loop")}


def _evaluate_inputs(generator: Generator) -> list[Arguments]:
    return draw_many(generator, 33)


LOSS_MISCONCEPTIONS = misconceptions_from("""
    softmax before cross-entropy
        softmax is applied before cross-entropy, which contains it
        What is the smallest loss possible when the scores lie between 0 and 1?
        edit: model(images) -> model(images).softmax(dim=1)
    loss averaged over batches
        the loss is the average of the batches' averages
        Should an image in a batch of 1 count as much as 4 images in a batch of 4?
        edit: , reduction="sum" ->
        edit: loss / pictures -> loss / len(batches)
    batch means over images
        the batches' average losses are added up and divided by the number of images
        What does cross_entropy return for a batch: a sum or an average?
        edit: , reduction="sum" ->
    losses added up
        the losses of all images are added up, not averaged
        Would the answer double if every image came twice?
        edit: loss / pictures -> loss
    last batch only
        only the last batch counts
        Where do you keep what the earlier batches gave?
        edit: logits = -> hits, loss, pictures = 0, 0.0, 0\\n            logits =
    last batch dropped
        the last batch is left out
        Does a smaller last batch hold images, too?
        edit: in batches: -> in batches[:-1]:
    loss kept with its graph
        the loss is returned as a tensor that still holds its graph
        What does .item() leave behind?
        edit: no_grad -> enable_grad
        edit: reduction="sum").item() -> reduction="sum")
""")

EVALUATE = Exercise(
    name="evaluate",
    task="Return accuracy and mean loss over all images, and leave the model as it was.",
    returns="a pair of numbers (accuracy, mean loss)",
    inputs=_evaluate_inputs,
    prepare_arguments=prepare_evaluation,
    extract_answer=extract_evaluation,
    live=True,
    facts={
        "the model comes in train mode": lambda model, batches: model.training,
        "the batches differ in size": lambda model, batches: differ_in_size(batches),
    },
    misconceptions=misconceptions_from("""
    eval mode not switched
        the model is not switched to eval mode
        From what does batch norm take its mean in train mode when the batch has one image?
        edit: \\n    model.eval() ->
    mode not restored
        the model is left in eval mode, although it came in train mode
        In which mode does the next training step find the model?
        edit: \\n    was_training = model.training ->
        edit: \\n    model.train(was_training) ->
    always left in train mode
        the model is left in train mode, although it came in eval mode
        What does model.training say before you change it?
        edit: model.train(was_training) -> model.train()
    gradients recorded
        gradients are recorded while evaluating
        Which memory does torch fill for a backward pass that never comes?
        edit: no_grad -> enable_grad
    mean of batch means
        accuracy and loss are averages of the batches' averages
        Over n images an accuracy is a multiple of 1/n. Is yours?
        edit: hits, loss, pictures = 0, 0.0, 0 -> accuracies, losses = [], []
        edit: hits += (logits -> accuracies.append((logits
        edit: .sum().item() -> .double().mean().item())
        edit: loss += F -> losses.append(F
        edit: , reduction="sum" ->
        edit: .item()\\n            pictures += len(labels) -> .item())
        edit: hits / pictures -> sum(accuracies) / len(accuracies)
        edit: loss / pictures -> sum(losses) / len(losses)
    accuracy averaged over batches
        the accuracy is the average of the batches' accuracies
        Over n images an accuracy is a multiple of 1/n. Is yours?
        edit: .sum().item() -> .double().mean().item()
        edit: hits / pictures -> hits / len(batches)
    hits counted
        the hits are counted, not divided by the number of images
        What is the largest accuracy possible?
        edit: hits / pictures -> hits
    percentage
        the accuracy is a percentage
        What is the largest accuracy possible, as a fraction?
        edit: hits / pictures, -> hits / pictures * 100,
    loss first
        the loss is returned before the accuracy
        In which order does the exercise ask for the two?
        edit: return hits -> return (hits
        edit: loss / pictures -> loss / pictures)[::-1]
    test set mirrored
        the images are mirrored before the model sees them
        Which letter does a b become?
        edit: model(images) -> model(images.flip(dims=(3,)))
    test set reordered
        the images are taken in another order
        What does the order of a test set decide?
        edit: in batches: -> in batches[::-1]:
    """)
    + LOSS_MISCONCEPTIONS,
    hints=(
        "Before the loop, switch off two things: train mode and the recording of gradients.",
        "Add up hits and losses over all images and divide once, at the end.",
        "model.eval(), torch.no_grad(), cross_entropy(..., reduction='sum'), model.train(before).",
    ),
    solution="""\
def evaluate(model, batches):
    was_training = model.training
    model.eval()
    hits, loss, pictures = 0, 0.0, 0
    with torch.no_grad():
        for images, labels in batches:
            logits = model(images)
            hits += (logits.argmax(dim=1) == labels).sum().item()
            loss += F.cross_entropy(logits, labels, reduction="sum").item()
            pictures += len(labels)
    model.train(was_training)
    return hits / pictures, loss / pictures
""",
)
