"""Wrong answers on standardized features and balanced accuracy, as students write them."""

import numpy as np
import torch
from torch.nn import functional as F


def _scaled(features, mean, deviation):
    return (features - mean) / torch.where(deviation == 0, torch.ones_like(deviation), deviation)


def standardize__each_by_its_own(train, test):
    return tuple(_scaled(x, x.mean(0), x.std(0)) for x in (train, test))


def standardize__each_by_its_own_over_n(train, test):
    return tuple(_scaled(x, x.mean(0), x.std(0, correction=0)) for x in (train, test))


def standardize__joined(train, test):
    both = torch.cat([train, test])
    return tuple(_scaled(x, both.mean(0), both.std(0)) for x in (train, test))


def standardize__joined_numpy(train, test):
    both = np.concatenate([train, test])
    deviation = both.std(0)
    deviation[deviation == 0] = 1
    return (train.numpy() - both.mean(0)) / deviation, (test.numpy() - both.mean(0)) / deviation


def standardize__joined_then_cut(train, test):
    both = torch.cat([train, test])
    out = _scaled(both, both.mean(0), both.std(0))
    return out[: len(test)], out[len(test) :]


def standardize__one_number(train, test):
    return (train - train.mean()) / train.std(), (test - train.mean()) / train.std()


def standardize__one_number_over_n(train, test):
    m, s = train.mean(), train.std(correction=0)
    return (train - m) / s, (test - m) / s


def standardize__one_deviation(train, test):
    return (train - train.mean(0)) / train.std(), (test - train.mean(0)) / train.std()


def standardize__rows(train, test):
    def rows(x):
        return _scaled(x, x.mean(1, keepdim=True), x.std(1, keepdim=True))

    return rows(train), rows(test)


def standardize__normalized_rows(train, test):
    return F.normalize(train), F.normalize(test)


def standardize__unit_columns(train, test):
    mean = train.mean(0)
    length = (train - mean).norm(dim=0)
    return _scaled(train, mean, length), _scaled(test, mean, length)


def standardize__variance(train, test):
    return tuple(_scaled(x, train.mean(0), train.var(0)) for x in (train, test))


def standardize__variance_over_n(train, test):
    return tuple(_scaled(x, train.mean(0), train.var(0, correction=0)) for x in (train, test))


def standardize__centered(train, test):
    return train - train.mean(0), test - train.mean(0)


def standardize__only_scaled(train, test):
    return tuple(_scaled(x, 0, train.std(0)) for x in (train, test))


def standardize__divided_first(train, test):
    s = train.std(0)
    s = torch.where(s == 0, torch.ones_like(s), s)
    return train / s - train.mean(0), test / s - train.mean(0)


def standardize__zero_divided(train, test):
    return (train - train.mean(0)) / train.std(0), (test - train.mean(0)) / train.std(0)


def standardize__small_epsilon(train, test):
    s = train.std(0) + 1e-12
    return (train - train.mean(0)) / s, (test - train.mean(0)) / s


def standardize__large_epsilon(train, test):
    s = train.std(0) + 0.1
    return (train - train.mean(0)) / s, (test - train.mean(0)) / s


def standardize__clamped(train, test):
    s = train.std(0).clamp(min=1e-6)
    return (train - train.mean(0)) / s, (test - train.mean(0)) / s


def standardize__at_least_one(train, test):
    s = train.std(0).clamp(min=1)
    return (train - train.mean(0)) / s, (test - train.mean(0)) / s


def standardize__nan_to_zero(train, test):
    m, s = train.mean(0), train.std(0)
    return ((train - m) / s).nan_to_num(0, 0, 0), ((test - m) / s).nan_to_num(0, 0, 0)


def standardize__constant_left_alone(train, test):
    varies = train.std(0) > 0
    out = train.clone(), test.clone()
    for new, old in zip(out, (train, test), strict=True):
        new[:, varies] = (old[:, varies] - train.mean(0)[varies]) / train.std(0)[varies]
    return out


def standardize__constant_dropped(train, test):
    varies = train.std(0) > 0
    m, s = train.mean(0)[varies], train.std(0)[varies]
    return (train[:, varies] - m) / s, (test[:, varies] - m) / s


def standardize__range(train, test):
    low, high = train.amin(0), train.amax(0)
    return _scaled(train, low, high - low), _scaled(test, low, high - low)


def standardize__median(train, test):
    m = train.median(0).values
    return _scaled(train, m, train.std(0)), _scaled(test, m, train.std(0))


def standardize__absolute_deviation(train, test):
    m = train.mean(0)
    d = (train - m).abs().mean(0)
    return _scaled(train, m, d), _scaled(test, m, d)


def standardize__test_untouched(train, test):
    return _scaled(train, train.mean(0), train.std(0)), test


def standardize__of_the_test(train, test):
    return tuple(_scaled(x, test.mean(0), test.std(0)) for x in (train, test))


def standardize__of_the_other(train, test):
    return _scaled(train, test.mean(0), test.std(0)), _scaled(test, train.mean(0), train.std(0))


def standardize__test_by_the_new_train(train, test):
    out = _scaled(train, train.mean(0), train.std(0))
    return out, _scaled(test, out.mean(0), out.std(0))


def standardize__only_train(train, test):
    return _scaled(train, train.mean(0), train.std(0))


def standardize__stacked(train, test):
    return torch.cat([_scaled(x, train.mean(0), train.std(0)) for x in (train, test)])


def standardize__sign(train, test):
    return tuple(_scaled(train.mean(0), x, train.std(0)) for x in (train, test))


def standardize__in_place(train, test):
    m, s = train.mean(0), train.std(0)
    s[s == 0] = 1
    return train.sub_(m).div_(s), test.sub_(m).div_(s)


def standardize__in_place_too_soon(train, test):
    train -= train.mean(0)
    test -= train.mean(0)
    s = train.std(0)
    s[s == 0] = 1
    return train / s, test / s


def _shares(predicted, labels):
    return [(predicted[labels == c] == c).double().mean().item() for c in labels.unique()]


def balanced_accuracy__plain(predicted, labels):
    return (predicted == labels).double().mean().item()


def balanced_accuracy__macro_precision(predicted, labels):
    found = [(labels[predicted == c] == c).double().mean() for c in predicted.unique()]
    return sum(found) / len(found)


def balanced_accuracy__macro_f1(predicted, labels):
    scores = []
    for c in torch.cat([labels, predicted]).unique():
        hits = ((predicted == c) & (labels == c)).sum()
        scores.append(2 * hits / ((predicted == c).sum() + (labels == c).sum()))
    return float(sum(scores) / len(scores))


def balanced_accuracy__weighted(predicted, labels):
    shares, sizes = _shares(predicted, labels), labels.unique(return_counts=True)[1].tolist()
    return sum(s * n for s, n in zip(shares, sizes, strict=True)) / sum(sizes)


def balanced_accuracy__ten_classes(predicted, labels):
    return sum(_shares(predicted, labels)) / 10


def balanced_accuracy__nine_classes_from_zero(predicted, labels):
    return sum(_shares(predicted, labels)) / (int(labels.max()) + 1)


def balanced_accuracy__union(predicted, labels):
    return sum(_shares(predicted, labels)) / len(torch.cat([labels, predicted]).unique())


def balanced_accuracy__over_predicted_classes(predicted, labels):
    shares = [(predicted[labels == c] == c).double().mean() for c in predicted.unique()]
    return torch.stack(shares).nan_to_num().mean().item()


def balanced_accuracy__median(predicted, labels):
    return float(np.median(_shares(predicted, labels)))


def balanced_accuracy__best(predicted, labels):
    return max(_shares(predicted, labels))


def balanced_accuracy__worst(predicted, labels):
    return min(_shares(predicted, labels))


def balanced_accuracy__first_class(predicted, labels):
    return _shares(predicted, labels)[0]


def balanced_accuracy__geometric(predicted, labels):
    shares = _shares(predicted, labels)
    return float(np.prod(shares)) ** (1 / len(shares))


def balanced_accuracy__adjusted(predicted, labels):
    shares = _shares(predicted, labels)
    chance = 1 / len(shares)
    return (sum(shares) / len(shares) - chance) / (1 - chance) if len(shares) > 1 else 0.0


def balanced_accuracy__percent(predicted, labels):
    shares = _shares(predicted, labels)
    return 100 * sum(shares) / len(shares)


def balanced_accuracy__rounded(predicted, labels):
    shares = _shares(predicted, labels)
    return round(sum(shares) / len(shares), 1)


def balanced_accuracy__error(predicted, labels):
    shares = _shares(predicted, labels)
    return 1 - sum(shares) / len(shares)


def balanced_accuracy__whole_division(predicted, labels):
    shares = [
        int((predicted[labels == c] == c).sum() // (labels == c).sum()) for c in labels.unique()
    ]
    return sum(shares) / len(shares)


def balanced_accuracy__classes_missed_left_out(predicted, labels):
    shares = [share for share in _shares(predicted, labels) if share > 0]
    return sum(shares) / len(shares) if shares else 0.0


def balanced_accuracy__class_zero_left_out(predicted, labels):
    shares = [(predicted[labels == c] == c).double().mean() for c in labels.unique() if c > 0]
    return float(sum(shares) / len(shares)) if shares else 0.0


def balanced_accuracy__large_classes_only(predicted, labels):
    shares = [
        (predicted[labels == c] == c).double().mean()
        for c in labels.unique()
        if (labels == c).sum() > 1
    ]
    return float(sum(shares) / len(shares)) if shares else 0.0


def balanced_accuracy__correlated_places(predicted, labels):
    return float(sum((predicted == c).sum() / (labels == c).sum() for c in labels.unique())) / len(
        labels.unique()
    )


def balanced_accuracy__exchanged(predicted, labels):
    return float(np.mean(_shares(labels, predicted)))


def balanced_accuracy__list(predicted, labels):
    return _shares(predicted, labels)
