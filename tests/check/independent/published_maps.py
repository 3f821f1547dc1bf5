"""Mistakes of published solutions: Grad-CAM, attacks, shifts and the order of pixels."""

import torch
from torch.nn import functional as F


def _maps(features, head, images, targets):
    maps = features(images)
    scores = head(maps).gather(1, targets[:, None])
    (gradients,) = torch.autograd.grad(scores.sum(), maps)
    return maps.detach(), gradients


def _cam(features, head, images, targets):
    maps, gradients = _maps(features, head, images, targets)
    return F.relu((gradients.mean((2, 3), keepdim=True) * maps).sum(1))


def grad_cam__weights_over_channels(features, head, images, targets):
    """The weights are averaged over the channels, so there is one for each place and not each map.
    Named by: over the (maps|channels) | for each place | axis 1
    """
    maps, gradients = _maps(features, head, images, targets)
    return F.relu((gradients.mean(1, keepdim=True) * maps).sum(1))


def grad_cam__gradients_for_maps(features, head, images, targets):
    """The weights multiply the gradients, and the maps themselves are not used.
    Named by: gradients? (in place|instead) | multiply the gradients | maps? (is|are) not used
    | in place of .*maps | squared? (of )?gradient
    """
    _, gradients = _maps(features, head, images, targets)
    return F.relu((gradients.mean((2, 3), keepdim=True) * gradients).sum(1))


def grad_cam__relu_on_the_gradients(features, head, images, targets):
    """The ReLU is applied to the gradients, before they are averaged, and not to the map.
    Named by: relu .*(before|gradient) | gradients .*(below 0|negative|relu)
    | (negative|positive) (gradients?|numbers of the gradients)
    """
    maps, gradients = _maps(features, head, images, targets)
    return (gradients.clamp(min=0).mean((2, 3), keepdim=True) * maps).sum(1)


def grad_cam__predicted_class(features, head, images, targets):
    """The class with the largest logit is explained, and the targets are not used.
    Named by: targets (is|are) not used | never changes with targets | predicted | largest logit
    | argmax | likeliest
    """
    return _cam(features, head, images, head(features(images)).argmax(1))


def grad_cam__squeezed(features, head, images, targets):
    """The answer is squeezed, which loses the axis of a single image or of a map with one row.
    Named by: squeez | ax[ie]s of (length|size) 1 | sizes? (of )?1[^0-9]
    | shape.[0-9]. (is|==) 1[^0-9]
    | (lost|lose|loses|missing|without|dropped|one) (the |an |its )?ax[ie]s
    | ax[ie]s .*(lost|missing|dropped) | batch of (one|1)
    """
    return _cam(features, head, images, targets).squeeze()


def grad_cam__sums_and_no_relu(features, head, images, targets):
    """Two slips: the gradients are summed over the map, and the ReLU is left out.
    Named by: no relu | relu (is )?(missing|left out) | negative | below 0 | summed | added over
    | times .*(shape|places)
    """
    maps, gradients = _maps(features, head, images, targets)
    return (gradients.sum((2, 3), keepdim=True) * maps).sum(1)


def _uphill(model, images, labels):
    was_training = model.training
    model.eval()
    images = images.detach().clone().requires_grad_()
    (gradient,) = torch.autograd.grad(F.cross_entropy(model(images), labels), images)
    model.train(was_training)
    return gradient


def fgsm__not_clipped(model, images, labels, epsilon):
    """The attacked images are not clipped to [0, 1].
    Named by: clip | clamp | (above|over) 1 | below 0 | outside | range | between 0 and 1 | .0, 1.
    """
    return images + epsilon * _uphill(model, images, labels).sign()


def fgsm__gradient_without_sign(model, images, labels, epsilon):
    """The gradient itself is added, not its sign.
    Named by: sign | gradient itself | size of the gradient | each number .*epsilon
    """
    return (images + epsilon * _uphill(model, images, labels)).clamp(0, 1)


def fgsm__epsilon_of_255(model, images, labels, epsilon):
    """Epsilon is divided by 255, though it is already a fraction.
    Named by: 255
    """
    return (images + epsilon / 255 * _uphill(model, images, labels).sign()).clamp(0, 1)


def fgsm__in_train_mode(model, images, labels, epsilon):
    """The model stays in the mode it came in, so it attacks in train mode.
    Named by: eval | train(ing)? mode | mode | batch statistics
    """
    images = images.detach().clone().requires_grad_()
    loss = F.cross_entropy(model(images), labels)
    (gradient,) = torch.autograd.grad(loss, images)
    return (images + epsilon * gradient.sign()).clamp(0, 1).detach()


def fgsm__gradients_left_in_the_model(model, images, labels, epsilon):
    """backward() leaves gradients in the model's weights, and the images want gradients afterwards.
    Named by: gradients? (is |are )?(left|kept|afterwards) | afterwards | backward | [.]grad
    | requires_grad | graph | changes? its
    """
    was_training = model.training
    model.eval()
    images.requires_grad_()
    F.cross_entropy(model(images), labels).backward()
    model.train(was_training)
    return (images + epsilon * images.grad.sign()).clamp(0, 1)


def fgsm__downhill_and_negative_pixels(model, images, labels, epsilon):
    """Two slips: the step goes downhill, and the result is clipped to [-1, 1].
    Named by: downhill | sign | minus | loss falls | opposite | clip | clamp | below 0
    | leave the range | wrong direction
    """
    return (images - epsilon * _uphill(model, images, labels).sign()).clamp(-1, 1)


def pgd_step__no_range(images, original, gradient, step, epsilon):
    """The result is kept in the ball, but not clipped to [0, 1].
    Named by: clip | clamp | (above|over) 1 | below 0 | outside | range | between 0 and 1 | .0, 1.
    """
    moved = images + step * gradient.sign()
    return original + (moved - original).clamp(-epsilon, epsilon)


def pgd_step__scaled_to_the_ball(images, original, gradient, step, epsilon):
    """Changes are scaled until the largest of each batch fits, instead of clipped one by one.
    Named by: scal | largest | norm | divided by
    """
    change = images + step * gradient.sign() - original
    change = change * min(1.0, epsilon / change.abs().max().item())
    return (original + change).clamp(0, 1)


def pgd_step__only_the_change(images, original, gradient, step, epsilon):
    """The clipped change is returned, and not added to the original.
    Named by: change is returned | (the|only the) change | original is not (added|used)
    | (less|minus|without) .*original | not added | difference
    """
    moved = images + step * gradient.sign()
    return (moved - original).clamp(-epsilon, epsilon)


def pgd_step__changed_in_place(images, original, gradient, step, epsilon):
    """The step is added to the caller's images in place.
    Named by: in place | in-place | changes? its (own )?(input|argument) | own input
    | (modif|chang|written).*images
    """
    images += step * gradient.sign()
    change = (images - original).clamp(-epsilon, epsilon)
    return (original + change).clamp(0, 1)


def pgd_step__downhill_and_no_range(images, original, gradient, step, epsilon):
    """Two slips: the step goes downhill, and nothing is clipped to [0, 1].
    Named by: downhill | sign | minus | opposite | clip | clamp | below 0 | (above|over) 1
    | direction | falls | range
    """
    moved = images - step * gradient.sign()
    return original + (moved - original).clamp(-epsilon, epsilon)


def permute_pixels__channels_mixed_in(images, permutation):
    """Channels and pixels are flattened together, and only the first ones are put into order.
    Named by: channels? .*(order|mixed|permut|moved) | together | another channel
    | right numbers, in another order | channels?.*pixels
    """
    flat = images.flatten(1)
    order = torch.cat([permutation + len(permutation) * c for c in range(images.shape[1])])
    return flat[:, order.flip(0)].reshape(images.shape)


def permute_pixels__images_reordered(images, permutation):
    """The permutation picks among the images, because it indexes the first axis.
    Named by: first axis | indexes? .*axis 0 | (order|number) of (the )?images
    | images? .*(repeated|picked|order)
    """
    return images[permutation % len(images)]


def permute_pixels__transposed_order(images, permutation):
    """The pixels are counted down the columns, because height and width are exchanged.
    Named by: down the columns | by columns | transpos | height and width | exchang | swap | square
    """
    turned = images.transpose(2, 3).flatten(2)[:, :, permutation]
    batch, channels, height, width = images.shape
    return turned.reshape(batch, channels, width, height).transpose(2, 3)


def permute_pixels__written_to_itself(images, permutation):
    """The pixels are moved one by one in the same tensor, so some are read after they are replaced.
    Named by: in place | in-place | overwr | changes? its (own )?(input|argument) | same tensor
    | replaced
    """
    pixels = images.flatten(2)
    if pixels.data_ptr() != images.data_ptr():
        pixels = pixels.clone()
    for place, source in enumerate(permutation.tolist()):
        pixels[:, :, place] = pixels[:, :, source]
    return pixels.reshape(images.shape)


def permute_pixels__squeezed(images, permutation):
    """The answer is squeezed, which loses the axis of a single image, channel, row or column.
    Named by: squeez | ax[ie]s of (length|size) 1 | sizes? (of )?1[^0-9]
    | shape.[0-9]. (is|==) 1[^0-9]
    | (lost|lose|loses|missing|without|dropped|one) (the |an |its )?ax[ie]s
    | ax[ie]s .*(lost|missing|dropped) | batch of (one|1)
    """
    return images.flatten(2)[:, :, permutation].reshape(images.shape).squeeze()


def random_shift__one_for_the_batch(images, limit, generator):
    """One shift is drawn for the whole batch.
    Named by: whole batch | one shift | all images | moved alike
    """
    down, across = torch.randint(-limit, limit + 1, (2,), generator=generator).tolist()
    height, width = images.shape[2:]
    padded = F.pad(images, (limit,) * 4)
    top, left = limit - down, limit - across
    return padded[:, :, top : top + height, left : left + width]


def random_shift__edge_repeated(images, limit, generator):
    """The edge pixels are repeated where zeros should come in.
    Named by: edge | repeat | replicat | zeros come
    """
    height, width = images.shape[2:]
    padded = F.pad(images, (limit,) * 4, mode="replicate")
    shifts = torch.randint(0, 2 * limit + 1, (len(images), 2), generator=generator).tolist()
    return torch.stack(
        [
            image[:, top : top + height, left : left + width]
            for image, (top, left) in zip(padded, shifts, strict=True)
        ]
    )


def _shifted(images, limit, generator):
    shifts = torch.randint(-limit, limit + 1, (len(images), 2), generator=generator)
    height, width = images.shape[2:]
    padded = F.pad(images, (limit,) * 4)
    moved = []
    for image, (down, across) in zip(padded, shifts.tolist(), strict=True):
        top, left = limit - down, limit - across
        moved.append(image[:, top : top + height, left : left + width])
    return torch.stack(moved)


def random_shift__channels_apart(images, limit, generator):
    """Each channel is moved by a shift of its own.
    Named by: channels? .*(own|apart|different|alike) | (each|every) channel | colou?r
    """
    flat = images.flatten(0, 1)[:, None]
    return _shifted(flat, limit, generator).reshape(images.shape)


def random_shift__first_image_only(images, limit, generator):
    """The return stands inside the loop, so only one image comes back.
    Named by: inside the loop | returns? too (early|soon) | one image | first image
    """
    height, width = images.shape[2:]
    for image in F.pad(images, (limit,) * 4):
        top, left = torch.randint(0, 2 * limit + 1, (2,), generator=generator).tolist()
        return image[:, top : top + height, left : left + width]


def equivariance_error__shift_not_divided(layer, images, shift, stride=1, border=0):
    """The maps are moved by the images' shift, without dividing it by the stride.
    Named by: stride is not used | divided by (the )?stride | never changes with stride
    | stride is (above |not )?1 | // stride | as many cells
    """
    before, after = layer(images), layer(images.roll(shift, dims=3))
    width = before.shape[3]
    old = before[..., border : width - border - shift]
    new = after[..., border + shift : width - border]
    return (new - old).abs().max().item()


def equivariance_error__minus_border(layer, images, shift, stride=1, border=0):
    """The border is cut by [border:-border], a slice that is empty where border is 0.
    Named by: empty | -border | :-0 | border (=|==) ?0 | border is (above |not )?0
    """
    step = shift // stride
    moved = layer(images).roll(step, dims=3)
    after = layer(images.roll(shift, dims=3))
    inner = (after - moved)[..., border + step : -border]
    return inner.abs().max().item()


def equivariance_error__border_not_cut(layer, images, shift, stride=1, border=0):
    """The border is not left out, and the wrapped columns are compared too.
    Named by: border is not used | never changes with border | border is (above |not )?0
    | border are compared | wrap | brought round
    """
    after = layer(images.roll(shift, dims=3))
    return (after - layer(images).roll(shift // stride, dims=3)).abs().max().item()


def equivariance_error__invariance(layer, images, shift, stride=1, border=0):
    """The maps are not moved before they are compared, which measures invariance.
    Named by: invarian | (maps|outputs?) .*not .*(moved|shift) | stay where | without moving
    """
    before, after = layer(images), layer(images.roll(shift, dims=3))
    width = before.shape[3]
    inner = slice(border + shift // stride, width - border)
    return (after - before)[..., inner].abs().max().item()


def shift_consistency__logits_compared(model, images, shifts):
    """The logits are compared, not the classes, and they are hardly ever equal.
    Named by: logits? | argmax | class | exactly | equal | always 0 | too small
    """
    before = model(images)
    fractions = []
    for shift in shifts:
        same = (model(images.roll(shift, dims=3)) == before).all(dim=1)
        fractions.append(same.float().mean().item())
    return fractions


def shift_consistency__shifts_add_up(model, images, shifts):
    """The moved images are moved again for the next shift, so the shifts add up.
    Named by: add up | cumul | moved already | earlier shifts? | previous | running
    """
    before = model(images).argmax(dim=1)
    fractions = []
    moved = images
    for shift in shifts:
        moved = moved.roll(shift, dims=3)
        fractions.append((model(moved).argmax(dim=1) == before).float().mean().item())
    return fractions


def shift_consistency__returned_in_the_loop(model, images, shifts):
    """The return stands inside the loop, so only the first shift is measured.
    Named by: first (shift|of shifts|index|element|number) | inside the loop
    | returns? too (early|soon) | one (fraction|number|shift|element) | index 0 | too (short|few)
    | (other|later) shifts
    """
    before = model(images).argmax(dim=1)
    fractions = []
    for shift in shifts:
        after = model(images.roll(shift, dims=3)).argmax(dim=1)
        fractions.append((after == before).float().mean().item())
        return fractions


def shift_consistency__classes_as_columns(model, images, shifts):
    """One of the two predictions is a column, so every image is compared with all others.
    Named by: broadcast | (every|all) (other|pair|image) | all pairs | column | all others
    """
    before = model(images).argmax(dim=1, keepdim=True)
    fractions = []
    for shift in shifts:
        after = model(images.roll(shift, dims=3)).argmax(dim=1)
        fractions.append((after == before).float().mean().item())
    return fractions


def shift_consistency__zeros_come_in(model, images, shifts):
    """The images are moved with zeros coming in, not rolled around.
    Named by: are zero | zeros | wrap | roll | come in
    """
    before = model(images).argmax(dim=1)
    fractions = []
    for shift in shifts:
        moved = F.pad(images, (shift, 0))[..., : images.shape[3]]
        fractions.append((model(moved).argmax(dim=1) == before).float().mean().item())
    return fractions


def shift_consistency__rows_and_percent(model, images, shifts):
    """Two slips: the images move down instead of across, and a percentage is returned.
    Named by: percent | 100 | down | rows | axis 2 | dims=2 | height
    """
    before = model(images).argmax(dim=1)
    fractions = []
    for shift in shifts:
        after = model(images.roll(shift, dims=2)).argmax(dim=1)
        fractions.append(100 * (after == before).float().mean().item())
    return fractions
