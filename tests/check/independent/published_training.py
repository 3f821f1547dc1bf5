"""Mistakes of published solutions: accuracy, training and evaluation, blocks and batch norm."""

import torch
from torch.nn import functional as F


def accuracy__labels_as_a_column(logits, labels):
    """The labels are a column, so each prediction is compared with every label.
    Named by: broadcast | every label | every pair | all pairs | column | all compared
    """
    return (logits.argmax(dim=1) == labels[:, None]).float().mean().item()


def accuracy__best_of_all(logits, labels):
    """The argmax is taken over the whole tensor, so there is one number for all images.
    Named by: whole tensor | flat | over all | without (an |the )?(axis|dim) | one number for
    """
    return (logits.argmax() == labels).float().mean().item()


def accuracy__best_image_per_class(logits, labels):
    """The argmax is taken along the images instead of the classes.
    Named by: axis 0 | dim=0 | along (the )?images | among the images | transpos | for each class
    | over the batch
    """
    return (logits.argmax(dim=0) == labels).float().mean().item()


def accuracy__values_for_places(logits, labels):
    """The largest logit itself is compared with the label, not the place where it stands.
    Named by: value | place | argmax | largest logit itself | max[(]
    """
    return (logits.max(dim=1).values == labels).float().mean().item()


def accuracy__returned_in_the_loop(logits, labels):
    """The return stands inside the loop, so the second and later images are not seen.
    Named by: first (image|row|label|index) | inside the loop | returns? too (early|soon)
    | one image | (other|later) images
    """
    hits = 0
    for row, label in zip(logits, labels, strict=True):
        hits += int(row.argmax() == label)
        return hits / len(labels)


def accuracy__whole_division(logits, labels):
    """The hits are divided by // and cut to a whole number.
    Named by: whole (number|division) | // | integer | fraction away | rounded down | floor
    """
    return (logits.argmax(dim=1) == labels).sum().item() // len(labels)


def accuracy__hits_kept_between_calls(
    logits,
    labels,
    hits=[],  # noqa: B006
):
    """The list of hits is a default value, which is kept from one call to the next.
    Named by: kept | (second|another|next) (time|call) | between calls | same call | grow | remember
    """
    hits.extend((logits.argmax(dim=1) == labels).tolist())
    return sum(hits) / len(hits)


def accuracy__softmax_over_images(logits, labels):
    """The softmax runs over the images, which changes what is largest for each image.
    Named by: softmax | over (the )?images | dim=0 | other images | normali[sz] | along axis 0
    """
    return (logits.softmax(dim=0).argmax(dim=1) == labels).float().mean().item()


def evaluate__mean_of_batch_means(model, batches):
    """The accuracies of the batches are averaged, whatever their size.
    Named by: batch means | mean of .*(batch|mean) | batches. (averages|means) | size of .*batch
    | number of batches | len[(]batches | weigh
    """
    was_training = model.training
    model.eval()
    hits, losses = [], []
    with torch.no_grad():
        for images, labels in batches:
            logits = model(images)
            hits.append((logits.argmax(1) == labels).double().mean().item())
            losses.append(F.cross_entropy(logits, labels).item())
    model.train(was_training)
    return sum(hits) / len(hits), sum(losses) / len(losses)


def evaluate__size_of_the_first_batch(model, batches):
    """The loss is weighted by the first batch's size, also for the smaller last batch.
    Named by: first batch | last batch | batch size | size of .*batch | smaller batch | weigh
    """
    was_training = model.training
    model.eval()
    batch_size = len(batches[0][1])
    hits = loss = count = 0
    with torch.no_grad():
        for images, labels in batches:
            logits = model(images)
            hits += (logits.argmax(1) == labels).sum().item()
            loss += F.cross_entropy(logits, labels).item() * batch_size
            count += len(labels)
    model.train(was_training)
    return hits / count, loss / count


def evaluate__train_mode_at_the_end(model, batches):
    """The model is set to train mode at the end, also if it came in eval mode.
    Named by: left in train mode | mode .*(after|end|left|restored|put back) | as it was
    | leaves? the model
    """
    model.eval()
    hits = loss = count = 0
    with torch.no_grad():
        for images, labels in batches:
            logits = model(images)
            hits += (logits.argmax(1) == labels).sum().item()
            loss += F.cross_entropy(logits, labels, reduction="sum").item()
            count += len(labels)
    model.train()
    return hits / count, loss / count


def evaluate__graph_and_mean_of_means(model, batches):
    """Two slips: the losses keep their graphs, and the batches' means are averaged.
    Named by: graph | no_grad | batch means | mean of .*(batch|mean) | batches. (averages|means)
    | number of batches
    """
    was_training = model.training
    model.eval()
    hits = loss = 0
    for images, labels in batches:
        logits = model(images)
        hits += (logits.argmax(1) == labels).double().mean()
        loss += F.cross_entropy(logits, labels)
    model.train(was_training)
    return hits / len(batches), loss / len(batches)


def train_one_epoch__gradients_pile_up_with_graph(model, optimizer, batches):
    """Two slips: zero_grad is forgotten, and the loss is kept with its graph.
    Named by: zero_grad | cleared | gradients? .*(add up|pile|accumul|kept|earlier|cleared|grow)
    | accumul
    """
    model.train()
    total = count = 0
    for images, labels in batches:
        loss = F.cross_entropy(model(images), labels)
        loss.backward()
        optimizer.step()
        total += loss * len(labels)
        count += len(labels)
    return total / count


def train_one_epoch__zero_grad_once(model, optimizer, batches):
    """The gradients are cleared once, before the loop, and pile up in it.
    Named by: zero_grad | cleared | gradients? .*(add up|pile|accumul|kept|earlier|cleared|grow)
    | accumul
    """
    model.train()
    total = count = 0
    optimizer.zero_grad()
    for images, labels in batches:
        loss = F.cross_entropy(model(images), labels)
        loss.backward()
        optimizer.step()
        total += loss.item() * len(labels)
        count += len(labels)
    return total / count


def train_one_epoch__cleared_before_the_step(model, optimizer, batches):
    """The gradients are cleared between backward and step, so nothing is learned.
    Named by: zero_grad | cleared | never (changes|learns|moves) | gone when
    | weights? .*(unchanged|not change) | before (the )?step | does not (change|learn|train)
    """
    model.train()
    total = count = 0
    for images, labels in batches:
        loss = F.cross_entropy(model(images), labels)
        loss.backward()
        optimizer.zero_grad()
        optimizer.step()
        total += loss.item() * len(labels)
        count += len(labels)
    return total / count


def train_one_epoch__divided_in_the_loop(model, optimizer, batches):
    """The running total is divided by the count inside the loop, again for each batch.
    Named by: inside the loop | divided | again for | running total
    """
    model.train()
    total = count = 0
    for images, labels in batches:
        optimizer.zero_grad()
        loss = F.cross_entropy(model(images), labels)
        loss.backward()
        optimizer.step()
        total += loss.item() * len(labels)
        count += len(labels)
        total /= count
    return total


def train_one_epoch__loss_after_the_step(model, optimizer, batches):
    """The loss is computed anew after the step, and that one is reported.
    Named by: after (the|each|every|its) step | again | twice | (second|two) (time|call|pass)
    """
    model.train()
    total = count = 0
    for images, labels in batches:
        optimizer.zero_grad()
        F.cross_entropy(model(images), labels).backward()
        optimizer.step()
        total += F.cross_entropy(model(images), labels).item() * len(labels)
        count += len(labels)
    return total / count


def train_one_epoch__no_zero_grad_and_eval_mode(model, optimizer, batches):
    """Two slips: zero_grad is forgotten, and the model stays in eval mode.
    Named by: zero_grad | cleared | accumul | train(ing)? mode | eval(uation)? mode
    | gradients? .*(add up|pile|kept|earlier|grow)
    """
    model.eval()
    total = count = 0
    for images, labels in batches:
        loss = F.cross_entropy(model(images), labels)
        loss.backward()
        optimizer.step()
        total += loss.item() * len(labels)
        count += len(labels)
    return total / count


def residual_block__relu_before_the_sum(features, first, second, projection=None):
    """The ReLU is applied to the branch, before the sum and not after it.
    Named by: before the sum | relu .*branch | none after | not after
    """
    skip = features if projection is None else projection(features)
    return F.relu(second(F.relu(first(features)))) + skip


def residual_block__name_used_again(features, first, second, projection=None):
    """The variable features is overwritten on the way, so the block's own output is its skip.
    Named by: overwr | own output | input is not added | 2 times | twice | same variable | no skip
    """
    features = F.relu(first(features))
    features = second(features)
    return F.relu(features + features)


def residual_block__projection_after_the_sum(features, first, second, projection=None):
    """The projection is left out of the skip, where it is needed.
    Named by: projection is not used | never changes with projection
    | projection is (not None|given) | without (the )?projection | projection (is )?missing
    """
    return F.relu(second(F.relu(first(features))) + features)


def residual_block__relu_in_place(features, first, second, projection=None):
    """The ReLU works in place on what goes in, so the skip and the caller's tensor change.
    Named by: in place | in-place | changes? its (own )?(input|argument) | relu_
    | relu of (the )?(skip|features) | negative numbers set to 0
    """
    features = F.relu(features, inplace=True)
    skip = features if projection is None else projection(features)
    return F.relu(second(F.relu(first(features))) + skip)


def residual_block__joined_and_no_last_relu(features, first, second, projection=None):
    """Two slips: there is no ReLU between the layers, and none after the sum.
    Named by: relu | negative | between (the )?(two )?layers | below 0
    """
    skip = features if projection is None else projection(features)
    return second(first(features)) + skip


def _normalized(x, mean, var, weight, bias, epsilon=1e-5):
    mean, var, weight, bias = (each.view(1, -1, 1, 1) for each in (mean, var, weight, bias))
    return weight * (x - mean) / (var + epsilon).sqrt() + bias


def _moments(x):
    return x.mean((0, 2, 3)), x.var((0, 2, 3), correction=0), x.var((0, 2, 3), correction=1)


def batch_norm__momentum_of_the_old(x, mean, var, weight, bias, training, momentum=0.1):
    """The momentum weighs the old value, as in other libraries, and not the new one.
    Named by: 1 - momentum | momentum .*(revers|old|exchang|swap) | (swap|exchang|revers).*momentum
    """
    if not training:
        return _normalized(x, mean, var, weight, bias), mean, var
    m, v, u = _moments(x)
    keep = momentum
    answer = _normalized(x, m, v, weight, bias)
    return answer, keep * mean + (1 - keep) * m, keep * var + (1 - keep) * u


def batch_norm__biased_running_variance(x, mean, var, weight, bias, training, momentum=0.1):
    """The running variance is updated with the biased variance that normalizes the batch.
    Named by: biased | correction | n - 1 | divided by n | Bessel | running variance.*number
    """
    if not training:
        return _normalized(x, mean, var, weight, bias), mean, var
    m, v, _ = _moments(x)
    answer = _normalized(x, m, v, weight, bias)
    new = [(1 - momentum) * old + momentum * now for old, now in ((mean, m), (var, v))]
    return answer, *new


def batch_norm__unbiased_everywhere(x, mean, var, weight, bias, training, momentum=0.1):
    """The batch is normalized with the unbiased variance, which is torch's default for var.
    Named by: unbiased | correction | n - 1 | Bessel
    """
    if not training:
        return _normalized(x, mean, var, weight, bias), mean, var
    m, _, u = _moments(x)
    answer = _normalized(x, m, u, weight, bias)
    new = [(1 - momentum) * old + momentum * now for old, now in ((mean, m), (var, u))]
    return answer, *new


def batch_norm__mean_over_batch_only(x, mean, var, weight, bias, training, momentum=0.1):
    """The statistics are taken over the batch only, one mean for each pixel, as for vectors.
    Named by: each (pixel|place|position) | axis 0 (only|alone) | batch (only|alone)
    | (every|per) (pixel|place) | one index of axis 2
    """
    if not training:
        return _normalized(x, mean, var, weight, bias), mean, var
    _, _, u = _moments(x)
    scaled = (x - x.mean(0)) / (x.var(0, correction=0) + 1e-5).sqrt()
    answer = weight[:, None, None] * scaled + bias[:, None, None]
    m = x.mean((0, 2, 3))
    return answer, (1 - momentum) * mean + momentum * m, (1 - momentum) * var + momentum * u


def batch_norm__running_in_training(x, mean, var, weight, bias, training, momentum=0.1):
    """The batch is normalized with the running statistics, just updated, also in training.
    Named by: running (mean|statistics|variance|values) .*(in|while|during|when|where) training
    | by the running | with the running | batch statistics .*not | training is not used
    | never changes with training | training is True
    """
    if training:
        m, _, u = _moments(x)
        mean = (1 - momentum) * mean + momentum * m
        var = (1 - momentum) * var + momentum * u
    return _normalized(x, mean, var, weight, bias), mean, var


def batch_norm__epsilon_outside_the_root(x, mean, var, weight, bias, training, momentum=0.1):
    """Epsilon is added to the root, and it is 0.001.
    Named by: epsilon | 1e-0?5 | 0[.]00001 | 0[.]001 | added to the root | outside
    """
    m, v, u = _moments(x) if training else (mean, var, var)
    scaled = (x - m[:, None, None]) / (v.sqrt() + 1e-3)[:, None, None]
    answer = weight[:, None, None] * scaled + bias[:, None, None]
    if not training:
        return answer, mean, var
    return answer, (1 - momentum) * mean + momentum * m, (1 - momentum) * var + momentum * u


def batch_norm__updated_in_place(x, mean, var, weight, bias, training, momentum=0.1):
    """The caller's running mean and variance are changed in place.
    Named by: in place | in-place | changes? its (own )?(input|argument) | own input
    | (modif|chang|written).*running
    """
    m, v, u = _moments(x) if training else (mean, var, var)
    answer = _normalized(x, m, v, weight, bias)
    if training:
        mean.mul_(1 - momentum).add_(momentum * m)
        var.mul_(1 - momentum).add_(momentum * u)
    return answer, mean, var


def batch_norm__no_bias_and_updates_always(x, mean, var, weight, bias, training, momentum=0.1):
    """Two slips: the bias is never added, and the running values are updated in eval mode as well.
    Named by: bias is not used | never changes with bias | (without|no) (the )?bias | eval
    | training is (False|not)
    """
    m, v, u = _moments(x)
    new_mean = (1 - momentum) * mean + momentum * m
    new_var = (1 - momentum) * var + momentum * u
    if not training:
        m, v = mean, var
    return _normalized(x, m, v, weight, 0 * bias), new_mean, new_var
