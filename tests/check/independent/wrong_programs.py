"""Wrong answers to the exercises on a training program: each is code of its own."""

from collections.abc import Callable
from typing import Any

import torch
from torch.nn import functional as F
from torch.optim.lr_scheduler import LambdaLR


def _batches(count: int, batch_size: int) -> list:
    return [range(count)[start : start + batch_size] for start in range(0, count, batch_size)]


def _moved(model: Any, known: Any, new: Any, device: Any) -> tuple:
    model.to(device)
    (images, labels), new = ([each.to(device) for each in both] for both in (known, new))
    return images, labels, new


def _scheduler(optimizer: Any, schedule: Any, epochs: int, count: int, size: int) -> LambdaLR:
    steps = epochs * len(_batches(count, size))
    return LambdaLR(optimizer, lambda step: schedule(step, steps))


def _learn(model: Any, optimizer: Any, images: Any, labels: Any) -> Any:
    optimizer.zero_grad()
    logits = model(images)
    F.cross_entropy(logits, labels).backward()
    optimizer.step()
    return logits.argmax(1) == labels


def _judge(model: Any, images: Any, labels: Any) -> float:
    model.eval()
    with torch.no_grad():
        return (model(images).argmax(1) == labels).double().mean().item()


def fit__optimizer_in_the_loop(
    model: Any, known: Any, new: Any, optimizer_of: Any, schedule: Any, *rest: Any
) -> list:
    augment, epochs, size, device = rest
    images, labels, new = _moved(model, known, new, device)
    found, steps = [], epochs * len(_batches(len(labels), size))
    for _ in range(epochs):
        optimizer = optimizer_of(model.parameters())
        scheduler = LambdaLR(optimizer, lambda step: schedule(step, steps))
        model.train()
        for few in torch.randperm(len(labels)).split(size):
            _learn(model, optimizer, augment(images[few]), labels[few])
            scheduler.step()
        found.append(_judge(model, *new))
    return found


def fit__share_for_rate(
    model: Any, known: Any, new: Any, optimizer_of: Any, schedule: Any, *rest: Any
) -> list:
    augment, epochs, size, device = rest
    images, labels, new = _moved(model, known, new, device)
    optimizer, found, step = optimizer_of(model.parameters()), [], 0
    for _ in range(epochs):
        model.train()
        for few in torch.randperm(len(labels)).split(size):
            rate = schedule(step, epochs * len(_batches(len(labels), size)))
            optimizer.param_groups[0]["lr"] = rate
            _learn(model, optimizer, augment(images[few]), labels[few])
            step += 1
        found.append(_judge(model, *new))
    return found


def fit__steps_counted_anew(
    model: Any, known: Any, new: Any, optimizer_of: Any, schedule: Any, *rest: Any
) -> list:
    augment, epochs, size, device = rest
    images, labels, new = _moved(model, known, new, device)
    optimizer, found = optimizer_of(model.parameters()), []
    highest = optimizer.param_groups[0]["lr"]
    for _ in range(epochs):
        model.train()
        parts = torch.randperm(len(labels)).split(size)
        for step, few in enumerate(parts):
            optimizer.param_groups[0]["lr"] = highest * schedule(step, epochs * len(parts))
            _learn(model, optimizer, augment(images[few]), labels[few])
        found.append(_judge(model, *new))
    return found


def _with_order(order_of: Callable[[int, int], list]) -> Callable:
    """Return a program that is right but for the order of its images."""

    def program(model: Any, known: Any, new: Any, optimizer_of: Any, schedule: Any, *rest: Any):
        augment, epochs, size, device = rest
        images, labels, new = _moved(model, known, new, device)
        optimizer, found = optimizer_of(model.parameters()), []
        scheduler = _scheduler(optimizer, schedule, epochs, len(labels), size)
        for _ in range(epochs):
            model.train()
            for few in order_of(len(labels), size):
                _learn(model, optimizer, augment(images[few]), labels[few])
                scheduler.step()
            found.append(_judge(model, *new))
        return found

    return program


def fit__batches_in_another_order(*given: Any) -> list:
    def order(count: int, size: int) -> list:
        parts = torch.arange(count).split(size)
        return [parts[i] for i in torch.randperm(len(parts))]

    return _with_order(order)(*given)


def fit__drawn_with_replacement(*given: Any) -> list:
    def order(count: int, size: int) -> list:
        return [torch.randint(count, (len(part),)) for part in _batches(count, size)]

    return _with_order(order)(*given)


def fit__first_batch_only(*given: Any) -> list:
    return _with_order(lambda count, size: [torch.randperm(count)[:size]])(*given)


def fit__changed_for_good(
    model: Any, known: Any, new: Any, optimizer_of: Any, schedule: Any, *rest: Any
) -> list:
    augment, epochs, size, device = rest
    images, labels, new = _moved(model, known, new, device)
    optimizer, found = optimizer_of(model.parameters()), []
    scheduler = _scheduler(optimizer, schedule, epochs, len(labels), size)
    for _ in range(epochs):
        model.train()
        images = augment(images)
        for few in torch.randperm(len(labels)).split(size):
            _learn(model, optimizer, images[few], labels[few])
            scheduler.step()
        found.append(_judge(model, *new))
    return found


def fit__accuracy_while_learning(
    model: Any, known: Any, _: Any, optimizer_of: Any, schedule: Any, *rest: Any
) -> list:
    augment, epochs, size, device = rest
    model.to(device)
    images, labels = (each.to(device) for each in known)
    optimizer, found = optimizer_of(model.parameters()), []
    scheduler = _scheduler(optimizer, schedule, epochs, len(labels), size)
    model.train()
    for _ in range(epochs):
        hits = 0
        for few in torch.randperm(len(labels)).split(size):
            hits += _learn(model, optimizer, augment(images[few]), labels[few]).sum().item()
            scheduler.step()
        found.append(hits / len(labels))
    return found


def fit__judged_before_the_epoch(
    model: Any, known: Any, new: Any, optimizer_of: Any, schedule: Any, *rest: Any
) -> list:
    augment, epochs, size, device = rest
    images, labels, new = _moved(model, known, new, device)
    optimizer, found = optimizer_of(model.parameters()), []
    scheduler = _scheduler(optimizer, schedule, epochs, len(labels), size)
    for _ in range(epochs):
        found.append(_judge(model, *new))
        model.train()
        for few in torch.randperm(len(labels)).split(size):
            _learn(model, optimizer, augment(images[few]), labels[few])
            scheduler.step()
    return found


def fit__step_before_backward(
    model: Any, known: Any, new: Any, optimizer_of: Any, schedule: Any, *rest: Any
) -> list:
    augment, epochs, size, device = rest
    images, labels, new = _moved(model, known, new, device)
    optimizer, found = optimizer_of(model.parameters()), []
    scheduler = _scheduler(optimizer, schedule, epochs, len(labels), size)
    for _ in range(epochs):
        model.train()
        for few in torch.randperm(len(labels)).split(size):
            loss = F.cross_entropy(model(augment(images[few])), labels[few])
            optimizer.step()
            optimizer.zero_grad()
            loss.backward()
            scheduler.step()
        found.append(_judge(model, *new))
    return found


def one_cycle__between_the_steps(step: int, steps: int) -> float:
    done = (step + 0.5) / steps
    return min(5 * done, 1.25 * (1 - done))


def one_cycle__never_below_a_tenth(step: int, steps: int) -> float:
    done = (step + 1) / (steps + 1)
    return max(0.1, min(done / 0.2, (1 - done) / 0.8))


def one_cycle__jumps_at_the_top(step: int, steps: int) -> float:
    done = (step + 1) / (steps + 1)
    return done / 0.2 if done < 0.2 else 1 - done


def one_cycle__squared(step: int, steps: int) -> float:
    done = (step + 1) / (steps + 1)
    return min(done / 0.2, (1 - done) / 0.8) ** 2


def one_cycle__half_the_way(step: int, steps: int) -> float:
    done = (step + 1) / (steps + 1)
    return min(done / 0.2, (1 - done) / 0.8) / 2


def choose_rate__stops_when_it_gets_worse(
    rates: Any, train: Any, validate: Any, test: Any
) -> tuple:
    rate, network = rates[0], train(rates[0])
    for other in rates[1:]:
        next_network = train(other)
        if validate(next_network) < validate(network):
            break
        rate, network = other, next_network
    return rate, test(network)


def choose_rate__mean_of_all_tests(rates: Any, train: Any, validate: Any, test: Any) -> tuple:
    networks = [train(rate) for rate in rates]
    best = max(range(len(rates)), key=lambda i: validate(networks[i]))
    return rates[best], sum(map(test, networks)) / len(networks)


def choose_rate__only_the_ends(rates: Any, train: Any, validate: Any, test: Any) -> tuple:
    found = [(validate(network := train(rate)), rate, network) for rate in (rates[0], rates[-1])]
    _, rate, network = max(found, key=lambda each: each[0])
    return rate, test(network)


def choose_rate__test_decides_between_equals(
    rates: Any, train: Any, validate: Any, test: Any
) -> tuple:
    networks = {rate: train(rate) for rate in rates}
    best = max(rates, key=lambda rate: (validate(networks[rate]), test(networks[rate])))
    return best, test(networks[best])


def choose_rate__in_percent(rates: Any, train: Any, validate: Any, test: Any) -> tuple:
    networks = [train(rate) for rate in rates]
    best = max(range(len(rates)), key=lambda i: validate(networks[i]))
    return rates[best], 100 * test(networks[best])
