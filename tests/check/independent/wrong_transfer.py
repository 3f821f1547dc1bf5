"""Wrong answers on frozen bodies and splits by group, as students write them."""

import copy

import torch
from torch import nn


def freeze__nothing_done(model):
    return list(model.head.parameters())


def freeze__everything_off(model):
    model.eval()
    for p in model.parameters():
        p.requires_grad = False
    return list(model.head.parameters())


def freeze__filter_after_freezing_all(model):
    model.eval()
    model.head.train()
    model.requires_grad_(False)
    return [p for p in model.parameters() if p.requires_grad]


def freeze__only_the_modes(model):
    model.eval()
    model.head.train()
    return list(model.head.parameters())


def freeze__only_the_gradients(model):
    for name, p in model.named_parameters():
        p.requires_grad = name.startswith("head")
    return list(model.head.parameters())


def freeze__train_called_last(model):
    model.requires_grad_(False)
    model.head.requires_grad_(True)
    model.eval()
    model.train()
    return list(model.head.parameters())


def freeze__eval_called_last(model):
    model.requires_grad_(False)
    model.head.requires_grad_(True)
    model.head.train()
    model.eval()
    return list(model.head.parameters())


def freeze__convolutions_only(model):
    model.train()
    for layer in model.modules():
        if isinstance(layer, nn.Conv2d):
            layer.eval()
            layer.requires_grad_(False)
    return list(model.head.parameters())


def freeze__batch_norm_only(model):
    model.train()
    for layer in model.modules():
        if isinstance(layer, nn.BatchNorm2d):
            layer.eval()
            layer.requires_grad_(False)
    return list(model.head.parameters())


def freeze__weights_only(model):
    model.eval()
    model.head.train()
    for name, p in model.named_parameters():
        p.requires_grad = name.startswith("head") or name.endswith("bias")
    return list(model.head.parameters())


def freeze__first_block_only(model):
    model.eval()
    model.head.train()
    for p in next(iter(model.children())).parameters():
        p.requires_grad = False
    return list(model.head.parameters())


def freeze__direct_children_of_one_kind(model):
    model.train()
    for layer in model.children():
        if isinstance(layer, nn.BatchNorm2d | nn.Dropout):
            layer.eval()
    model.requires_grad_(False)
    model.head.requires_grad_(True)
    return list(model.head.parameters())


def freeze__momentum_zero(model):
    model.train()
    for layer in model.modules():
        if isinstance(layer, nn.BatchNorm2d):
            layer.momentum = 0.0
        if isinstance(layer, nn.Dropout):
            layer.p = 0.0
    model.requires_grad_(False)
    model.head.requires_grad_(True)
    return list(model.head.parameters())


def freeze__a_copy_of_the_model(model):
    model = copy.deepcopy(model)
    model.eval()
    model.head.train()
    model.requires_grad_(False)
    model.head.requires_grad_(True)
    return list(model.head.parameters())


def freeze__the_model_returned(model):
    model.eval()
    model.head.train()
    model.requires_grad_(False)
    model.head.requires_grad_(True)
    return model


def freeze__the_head_returned(model):
    model.eval()
    model.head.train()
    model.requires_grad_(False)
    model.head.requires_grad_(True)
    return model.head


def freeze__names_returned(model):
    model.eval()
    model.head.train()
    model.requires_grad_(False)
    model.head.requires_grad_(True)
    return [name for name, _ in model.head.named_parameters()]


def freeze__pairs_returned(model):
    model.eval()
    model.head.train()
    model.requires_grad_(False)
    model.head.requires_grad_(True)
    return list(model.head.named_parameters())


def freeze__body_returned(model):
    model.eval()
    model.head.train()
    model.requires_grad_(False)
    model.head.requires_grad_(True)
    return [p for name, p in model.named_parameters() if not name.startswith("head")]


def freeze__no_grad_left_on(model):
    torch.set_grad_enabled(False)
    model.eval()
    model.head.train()
    return list(model.head.parameters())


def freeze__head_set_to_zero(model):
    model.eval()
    model.head.train()
    model.requires_grad_(False)
    model.head.requires_grad_(True)
    nn.init.zeros_(model.head.weight)
    return list(model.head.parameters())


def freeze__statistics_reset(model):
    for layer in model.modules():
        if isinstance(layer, nn.BatchNorm2d):
            layer.reset_running_stats()
    model.eval()
    model.head.train()
    model.requires_grad_(False)
    model.head.requires_grad_(True)
    return list(model.head.parameters())


def freeze__head_only_if_in_train_mode(model):
    if model.training:
        model.eval()
        model.head.train()
    model.requires_grad_(False)
    model.head.requires_grad_(True)
    return list(model.head.parameters())


def freeze__last_two_parameters(model):
    model.eval()
    model.head.train()
    parameters = list(model.parameters())
    for p in parameters[:-2]:
        p.requires_grad = False
    for p in parameters[-2:]:
        p.requires_grad = True
    return parameters[-2:]


def freeze__dropout_forgotten(model):
    model.train()
    for layer in model.modules():
        if isinstance(layer, nn.BatchNorm2d):
            layer.eval()
    model.requires_grad_(False)
    model.head.requires_grad_(True)
    return list(model.head.parameters())


def _tested(labels, groups, share, generator, round_to=round):
    test = torch.zeros(len(labels), dtype=torch.bool)
    for c in labels.unique():
        names = groups[labels == c].unique()
        k = max(1, min(len(names) - 1, round_to(share * len(names))))
        test |= torch.isin(groups, names[torch.randperm(len(names), generator=generator)[:k]])
    return test


def _both(test):
    return (~test).nonzero()[:, 0], test.nonzero()[:, 0]


def split_by_group__shuffled_images(labels, groups, share, generator):
    order = torch.randperm(len(labels), generator=generator)
    count = round(share * len(labels))
    return order[count:], order[:count]


def split_by_group__images_rounded_down(labels, groups, share, generator):
    order = torch.randperm(len(labels), generator=generator)
    count = int(share * len(labels))
    return order[count:], order[:count]


def split_by_group__each_image_by_chance(labels, groups, share, generator):
    return _both(torch.rand(len(labels), generator=generator) < share)


def split_by_group__each_group_by_chance(labels, groups, share, generator):
    names = groups.unique()
    return _both(torch.isin(groups, names[torch.rand(len(names), generator=generator) < share]))


def split_by_group__all_groups_shuffled(labels, groups, share, generator):
    names = groups.unique()
    names = names[torch.randperm(len(names), generator=generator)]
    return _both(torch.isin(groups, names[: round(share * len(names))]))


def split_by_group__all_groups_rounded_down(labels, groups, share, generator):
    names = groups.unique()
    names = names[torch.randperm(len(names), generator=generator)]
    return _both(torch.isin(groups, names[: int(share * len(names))]))


def split_by_group__rounded_down_within_limits(labels, groups, share, generator):
    return _both(_tested(labels, groups, share, generator, int))


def split_by_group__one_more(labels, groups, share, generator):
    return _both(_tested(labels, groups, share, generator, lambda n: round(n) + 1))


def split_by_group__half(labels, groups, share, generator):
    return _both(_tested(labels, groups, 0.5, generator))


def split_by_group__its_own_seed(labels, groups, share, generator):
    return _both(_tested(labels, groups, share, torch.Generator().manual_seed(0)))


def split_by_group__global_numbers(labels, groups, share, generator):
    return _both(_tested(labels, groups, share, None))


def split_by_group__seen_first(labels, groups, share, generator):
    test = torch.zeros(len(labels), dtype=torch.bool)
    for c in labels.unique():
        names = list(dict.fromkeys(groups[labels == c].tolist()))
        k = max(1, min(len(names) - 1, round(share * len(names))))
        test |= torch.isin(groups, torch.tensor(names[:k]))
    return _both(test)


def split_by_group__largest_groups(labels, groups, share, generator):
    test = torch.zeros(len(labels), dtype=torch.bool)
    for c in labels.unique():
        names, sizes = groups[labels == c].unique(return_counts=True)
        k = max(1, min(len(names) - 1, round(share * len(names))))
        test |= torch.isin(groups, names[sizes.argsort(descending=True)[:k]])
    return _both(test)


def split_by_group__until_share_of_images(labels, groups, share, generator):
    test = torch.zeros(len(labels), dtype=torch.bool)
    for c in labels.unique():
        names = groups[labels == c].unique().tolist()
        total, taken = int((labels == c).sum()), 0
        for place in torch.randperm(len(names), generator=generator).tolist()[:-1]:
            if taken >= share * total:
                break
            test |= groups == names[place]
            taken += int((groups == names[place]).sum())
    return _both(test)


def split_by_group__within_share_of_images(labels, groups, share, generator):
    test = torch.zeros(len(labels), dtype=torch.bool)
    for c in labels.unique():
        names = groups[labels == c].unique().tolist()
        total, taken = int((labels == c).sum()), 0
        for place in torch.randperm(len(names), generator=generator).tolist():
            size = int((groups == names[place]).sum())
            if taken + size <= share * total:
                test |= groups == names[place]
                taken += size
    return _both(test)


def split_by_group__classes_for_groups(labels, groups, share, generator):
    names = labels.unique()
    k = max(1, min(len(names) - 1, round(share * len(names))))
    order = torch.randperm(len(names), generator=generator)
    return _both(torch.isin(labels, names[order[:k]]))


def split_by_group__one_image_of_each_group(labels, groups, share, generator):
    train, test = _both(_tested(labels, groups, share, generator))
    names = groups.tolist()
    return train, torch.tensor([p for p in test.tolist() if names.index(names[p]) == p])


def split_by_group__all_images_for_training(labels, groups, share, generator):
    test = _tested(labels, groups, share, generator)
    return torch.arange(len(labels)), test.nonzero()[:, 0]


def split_by_group__one_image_moved(labels, groups, share, generator):
    train, test = _both(_tested(labels, groups, share, generator))
    return torch.cat([train, test[-1:]]), test[:-1]


def split_by_group__counted_from_one(labels, groups, share, generator):
    train, test = _both(_tested(labels, groups, share, generator))
    return train + 1, test + 1


def split_by_group__two_axes(labels, groups, share, generator):
    test = _tested(labels, groups, share, generator)
    return (~test).nonzero(), test.nonzero()


def split_by_group__fractions(labels, groups, share, generator):
    train, test = _both(_tested(labels, groups, share, generator))
    return train.float(), test.float()


def split_by_group__labels_returned(labels, groups, share, generator):
    test = _tested(labels, groups, share, generator)
    return labels[~test], labels[test]


def split_by_group__groups_of_images_returned(labels, groups, share, generator):
    test = _tested(labels, groups, share, generator)
    return groups[~test], groups[test]


def split_by_group__only_the_test(labels, groups, share, generator):
    return _tested(labels, groups, share, generator).nonzero()[:, 0]


def split_by_group__sides_exchanged(labels, groups, share, generator):
    return _both(_tested(labels, groups, share, generator))[::-1]


def split_by_group__share_of_training(labels, groups, share, generator):
    return _both(_tested(labels, groups, 1 - share, generator))


def split_by_group__numbers_next_to_each_other(labels, groups, share, generator):
    names = groups.unique()
    start = int(torch.randint(len(names), (), generator=generator))
    k = round(share * len(names))
    return _both(torch.isin(groups, names.roll(-start)[:k]))


def split_by_group__every_nth_image(labels, groups, share, generator):
    step = max(2, round(1 / share))
    place = torch.arange(len(labels))
    return place[place % step != 0], place[place % step == 0]


def split_by_group__last_images(labels, groups, share, generator):
    count = round(share * len(labels))
    place = torch.arange(len(labels))
    return place[:-count], place[-count:]
