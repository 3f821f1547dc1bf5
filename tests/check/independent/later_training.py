"""Wrong answers of lessons 05 to 08 and homework 4, written later, as students write them."""

import torch
from torch.nn import functional as F


def accuracy__percent(logits, labels):
    return 100 * (logits.argmax(dim=1) == labels).float().mean().item()


def accuracy__error_rate(logits, labels):
    return (logits.argmax(dim=1) != labels).float().mean().item()


def accuracy__over_classes(logits, labels):
    return (logits.argmax(dim=1) == labels).sum().item() / logits.shape[1]


def accuracy__absolute_logits(logits, labels):
    return (logits.abs().argmax(dim=1) == labels).float().mean().item()


def evaluate__only_last_batch(model, batches):
    was = model.training
    model.eval()
    with torch.no_grad():
        for images, labels in batches:
            logits = model(images)
            hits = (logits.argmax(1) == labels).float().mean().item()
            loss = F.cross_entropy(logits, labels).item()
    model.train(was)
    return hits, loss


def _run(model, batches):
    was = model.training
    model.eval()
    with torch.no_grad():
        pairs = [(model(images), labels) for images, labels in batches]
    model.train(was)
    return torch.cat([p[0] for p in pairs]), torch.cat([p[1] for p in pairs])


def evaluate__loss_first(model, batches):
    logits, labels = _run(model, batches)
    hits = (logits.argmax(1) == labels).double().mean().item()
    return F.cross_entropy(logits, labels).item(), hits


def evaluate__hits_counted(model, batches):
    logits, labels = _run(model, batches)
    return (logits.argmax(1) == labels).sum().item(), F.cross_entropy(logits, labels).item()


def evaluate__likelihood_without_softmax(model, batches):
    logits, labels = _run(model, batches)
    hits = (logits.argmax(1) == labels).double().mean().item()
    return hits, F.nll_loss(logits, labels).item()


def evaluate__left_in_eval(model, batches):
    logits, labels = _run(model, batches)
    model.eval()
    hits = (logits.argmax(1) == labels).double().mean().item()
    return hits, F.cross_entropy(logits, labels).item()


def evaluate__loss_over_batches(model, batches):
    batches = list(batches)
    logits, labels = _run(model, batches)
    hits = (logits.argmax(1) == labels).double().mean().item()
    return hits, F.cross_entropy(logits, labels, reduction="sum").item() / len(batches)


def _epoch(model, optimizer, batches, change=lambda loss: loss):
    model.train()
    total, pictures = 0.0, 0
    for images, labels in batches:
        optimizer.zero_grad()
        loss = F.cross_entropy(model(images), labels)
        change(loss).backward()
        optimizer.step()
        total += loss.item() * len(labels)
        pictures += len(labels)
    return total, pictures


def train_one_epoch__uphill(model, optimizer, batches):
    total, pictures = _epoch(model, optimizer, batches, lambda loss: -loss)
    return total / pictures


def train_one_epoch__total(model, optimizer, batches):
    return _epoch(model, optimizer, batches)[0]


def train_one_epoch__returns_nothing(model, optimizer, batches):
    _epoch(model, optimizer, batches)


def train_one_epoch__twice(model, optimizer, batches):
    batches = list(batches)
    _epoch(model, optimizer, batches)
    total, pictures = _epoch(model, optimizer, batches)
    return total / pictures


def train_one_epoch__without_the_last_batch(model, optimizer, batches):
    total, pictures = _epoch(model, optimizer, list(batches)[:-1])
    return total / pictures


def train_one_epoch__summed_loss(model, optimizer, batches):
    model.train()
    total, pictures = 0.0, 0
    for images, labels in batches:
        optimizer.zero_grad()
        loss = F.cross_entropy(model(images), labels, reduction="sum")
        loss.backward()
        optimizer.step()
        total, pictures = total + loss.item(), pictures + len(labels)
    return total / pictures


def train_one_epoch__clipped(model, optimizer, batches):
    model.train()
    total, pictures = 0.0, 0
    for images, labels in batches:
        optimizer.zero_grad()
        loss = F.cross_entropy(model(images), labels)
        loss.backward()
        for parameter in model.parameters():
            parameter.grad.clamp_(-0.01, 0.01)
        optimizer.step()
        total, pictures = total + loss.item() * len(labels), pictures + len(labels)
    return total / pictures


def fixed_1__returns_last_loss(model, optimizer, batches):
    loss = None
    for images, labels in batches:
        optimizer.zero_grad()
        loss = F.cross_entropy(model(images), labels)
        loss.backward()
        optimizer.step()
    return loss.item()


fixed_3__uphill = fixed_4__uphill = train_one_epoch__uphill
fixed_6__total = fixed_7__total = train_one_epoch__total
fixed_2__loss_first = fixed_5__loss_first = evaluate__loss_first
fixed_8__only_last_batch = evaluate__only_last_batch


def diagnoses__a_list():
    return ["gradients never cleared", "mean of batch means", "softmax before cross-entropy"]


def diagnoses__counted_from_zero():
    return dict.fromkeys(range(8), "gradients never cleared")


def residual_block__relu_of_the_skip(features, first, second, projection=None):
    skip = F.relu(features if projection is None else projection(features))
    return F.relu(second(F.relu(first(features))) + skip)


def residual_block__order_of_layers(features, first, second, projection=None):
    skip = features if projection is None else projection(features)
    return F.relu(first(F.relu(second(features))) + skip)


def residual_block__averaged(features, first, second, projection=None):
    skip = features if projection is None else projection(features)
    return F.relu((second(F.relu(first(features))) + skip) / 2)


def residual_block__product(features, first, second, projection=None):
    skip = features if projection is None else projection(features)
    return F.relu(second(F.relu(first(features))) * skip)


def residual_block__projection_of_the_branch(features, first, second, projection=None):
    skip = features if projection is None else projection(features)
    return F.relu(second(F.relu(first(F.relu(features)))) + skip)


def residual_block__leaky(features, first, second, projection=None):
    skip = features if projection is None else projection(features)
    return F.leaky_relu(second(F.relu(first(features))) + skip)


def _norm(x, mean, var, weight, bias, add=1e-5):
    shape = (1, -1, 1, 1)
    out = (x - mean.view(shape)) / (var.view(shape) + add).sqrt()
    return out * weight.view(shape) + bias.view(shape)


def batch_norm__instance_norm(x, mean, var, weight, bias, training, momentum=0.1):
    if not training:
        return _norm(x, mean, var, weight, bias), mean, var
    m, v = x.mean((0, 2, 3)), x.var((0, 2, 3))
    new = (1 - momentum) * mean + momentum * m, (1 - momentum) * var + momentum * v
    return F.instance_norm(x, weight=weight, bias=bias), *new


def batch_norm__variance_not_rooted(x, mean, var, weight, bias, training, momentum=0.1):
    m, v, u = mean, var, var
    if training:
        m, v, u = x.mean((0, 2, 3)), x.var((0, 2, 3), correction=0), x.var((0, 2, 3))
        mean, var = (1 - momentum) * mean + momentum * m, (1 - momentum) * var + momentum * u
    return _norm(x, m, (v + 1e-5) ** 2, weight, bias), mean, var


def batch_norm__bias_before_scale(x, mean, var, weight, bias, training, momentum=0.1):
    out, m, v = _torch_norm(x, mean, var, weight, bias * weight, training, momentum)
    return out, m, v


def batch_norm__running_from_zero(x, mean, var, weight, bias, training, momentum=0.1):
    out, m, v = _torch_norm(x, mean, var, weight, bias, training, momentum)
    if training:
        m, v = m - (1 - momentum) * mean, v - (1 - momentum) * var
    return out, m, v


def batch_norm__swapped_statistics(x, mean, var, weight, bias, training, momentum=0.1):
    out, m, v = _torch_norm(x, mean, var, weight, bias, training, momentum)
    return out, v, m


def _torch_norm(x, mean, var, weight, bias, training, momentum):
    mean, var = mean.clone(), var.clone()
    out = F.batch_norm(x, mean, var, weight, bias, training=training, momentum=momentum)
    return out, mean, var
