"""Wrong answers of lessons 06 to 09, written later, as students write them."""

import torch
from torch.nn import functional as F


def random_shift__wraps_around(images, limit, generator):
    moves = torch.randint(-limit, limit + 1, (len(images), 2), generator=generator).tolist()
    return torch.stack([x.roll(m, dims=(1, 2)) for x, m in zip(images, moves, strict=True)])


def random_shift__same_down_and_across(images, limit, generator):
    size = images.shape[2:]
    padded = F.pad(images, (limit,) * 4)
    starts = torch.randint(0, 2 * limit + 1, (len(images),), generator=generator).tolist()
    return torch.stack(
        [x[:, s : s + size[0], s : s + size[1]] for x, s in zip(padded, starts, strict=True)]
    )


def random_shift__only_down_and_right(images, limit, generator):
    height, width = images.shape[2:]
    padded = F.pad(images, (limit, 0, limit, 0))
    starts = torch.randint(0, limit + 1, (len(images), 2), generator=generator).tolist()
    return torch.stack(
        [x[:, t : t + height, s : s + width] for x, (t, s) in zip(padded, starts, strict=True)]
    )


def random_shift__no_generator(images, limit, generator):
    height, width = images.shape[2:]
    padded = F.pad(images, (limit,) * 4)
    starts = torch.randint(0, 2 * limit + 1, (len(images), 2)).tolist()
    return torch.stack(
        [x[:, t : t + height, s : s + width] for x, (t, s) in zip(padded, starts, strict=True)]
    )


def random_shift__larger_images(images, limit, generator):
    return F.pad(images, (limit,) * 4)


def receptive_field__stride_too_early(layers):
    size, step = 1, 1
    for kernel_size, stride, dilation in layers:
        step *= stride
        size += dilation * (kernel_size - 1) * step
    return size


def receptive_field__strides_added(layers):
    size, step = 1, 0
    for kernel_size, stride, dilation in layers:
        size += dilation * (kernel_size - 1) * max(step, 1)
        step += stride
    return size


def receptive_field__from_zero(layers):
    size, step = 0, 1
    for kernel_size, stride, dilation in layers:
        size += dilation * (kernel_size - 1) * step
        step *= stride
    return size


def receptive_field__area(layers):
    size, step = 1, 1
    for kernel_size, stride, dilation in layers:
        size += dilation * (kernel_size - 1) * step
        step *= stride
    return size**2


def receptive_field__dilation_once(layers):
    size, step = 1, 1
    for kernel_size, stride, dilation in layers:
        size += (kernel_size - 1) * step + (dilation - 1)
        step *= stride
    return size


def _cam(features, head, images, targets):
    maps = features(images)
    scores = head(maps).gather(1, targets[:, None]).sum()
    return maps.detach(), torch.autograd.grad(scores, maps)[0]


def grad_cam__absolute(features, head, images, targets):
    maps, gradients = _cam(features, head, images, targets)
    return (gradients.mean((2, 3), keepdim=True) * maps).sum(1).abs()


def grad_cam__positive_weights(features, head, images, targets):
    maps, gradients = _cam(features, head, images, targets)
    return (gradients.mean((2, 3), keepdim=True).relu() * maps).sum(1).relu()


def grad_cam__scaled_to_one(features, head, images, targets):
    maps, gradients = _cam(features, head, images, targets)
    cam = (gradients.mean((2, 3), keepdim=True) * maps).sum(1).relu()
    return cam / cam.amax().clamp(min=1e-9)


def grad_cam__mean_of_maps(features, head, images, targets):
    maps, gradients = _cam(features, head, images, targets)
    return (gradients.mean((2, 3), keepdim=True) * maps).mean(1).relu()


def grad_cam__target_of_the_first(features, head, images, targets):
    maps, gradients = _cam(features, head, images, targets[:1].expand(len(images)))
    return (gradients.mean((2, 3), keepdim=True) * maps).sum(1).relu()


def permute_pixels__backwards(images, permutation):
    return images.flatten(2)[:, :, permutation.argsort()].reshape(images.shape)


def permute_pixels__transposed(images, permutation):
    moved = images.transpose(2, 3).flatten(2)[:, :, permutation]
    return moved.reshape(images.shape)


def permute_pixels__first_image_only(images, permutation):
    out = images.clone()
    out[0] = images[0].flatten(1)[:, permutation].reshape(images.shape[1:])
    return out


def permute_pixels__flat(images, permutation):
    return images.flatten(2)[:, :, permutation]


def _moved(layer, images, shift, stride, border):
    before, after = layer(images), layer(images.roll(shift, dims=3))
    step, width = shift // stride, before.shape[3]
    return after[..., border + step : width - border] - before[..., border : width - border - step]


def equivariance_error__signed(layer, images, shift, stride=1, border=0):
    return _moved(layer, images, shift, stride, border).max().item()


def equivariance_error__squared(layer, images, shift, stride=1, border=0):
    return _moved(layer, images, shift, stride, border).square().max().item()


def equivariance_error__of_first_image(layer, images, shift, stride=1, border=0):
    return _moved(layer, images[:1], shift, stride, border).abs().max().item()


def equivariance_error__of_first_map(layer, images, shift, stride=1, border=0):
    return _moved(layer, images, shift, stride, border)[:, 0].abs().max().item()


def shift_consistency__rows_moved(model, images, shifts):
    c = model(images).argmax(1)
    return [(model(images.roll(s, 2)).argmax(1) == c).float().mean().item() for s in shifts]


def shift_consistency__changes(model, images, shifts):
    c = model(images).argmax(1)
    return [(model(images.roll(s, 3)).argmax(1) != c).float().mean().item() for s in shifts]


def shift_consistency__against_the_last(model, images, shifts):
    c, found = model(images).argmax(1), []
    for s in shifts:
        moved = model(images.roll(s, 3)).argmax(1)
        found.append((moved == c).float().mean().item())
        c = moved  # compared with the shift before
    return found


def shift_consistency__mean_only(model, images, shifts):
    c = model(images).argmax(1)
    f = [(model(images.roll(s, 3)).argmax(1) == c).float().mean().item() for s in shifts]
    return sum(f) / len(f)


def shift_consistency__counts(model, images, shifts):
    c = model(images).argmax(1)
    return [(model(images.roll(s, 3)).argmax(1) == c).sum().item() for s in shifts]


def _slope(model, images, labels):
    was = model.training
    model.eval()
    images = images.detach().clone().requires_grad_()
    (g,) = torch.autograd.grad(F.cross_entropy(model(images), labels), images)
    model.train(was)
    return g


def fgsm__downhill(model, images, labels, epsilon):
    return (images - epsilon * _slope(model, images, labels).sign()).clamp(0, 1)


def fgsm__normalized_gradient(model, images, labels, epsilon):
    g = _slope(model, images, labels)
    return (images + epsilon * g / g.abs().max()).clamp(0, 1)


def fgsm__clamped_symmetric(model, images, labels, epsilon):
    return (images + epsilon * _slope(model, images, labels).sign()).clamp(-1, 1)


def fgsm__only_the_change(model, images, labels, epsilon):
    return epsilon * _slope(model, images, labels).sign()


def fgsm__predicted_class(model, images, labels, epsilon):
    labels = model(images).argmax(1)
    return (images + epsilon * _slope(model, images, labels).sign()).clamp(0, 1)


def pgd_step__around_the_current(images, original, gradient, step, epsilon):
    return (images + (step * gradient.sign()).clamp(-epsilon, epsilon)).clamp(0, 1)


def pgd_step__starts_at_original(images, original, gradient, step, epsilon):
    return (original + (step * gradient.sign()).clamp(-epsilon, epsilon)).clamp(0, 1)


def pgd_step__step_epsilon_exchanged(images, original, gradient, step, epsilon):
    change = (images + epsilon * gradient.sign() - original).clamp(-step, step)
    return (original + change).clamp(0, 1)


def pgd_step__downhill(images, original, gradient, step, epsilon):
    change = (images - step * gradient.sign() - original).clamp(-epsilon, epsilon)
    return (original + change).clamp(0, 1)


def pgd_step__only_upper_clamp(images, original, gradient, step, epsilon):
    change = (images + step * gradient.sign() - original).clamp(-epsilon, epsilon)
    return (original + change).clamp(max=1)
