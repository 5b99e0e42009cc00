# SPDX-License-Identifier: Apache-2.0
"""A drawn chest: how much every ray is weakened, from ellipses, arcs and noise. No film of a person is involved."""
import numpy as np
from PIL import Image, ImageDraw, ImageFilter


def soft(distance, width):
    """1 inside (distance < 0), 0 outside, a smooth edge of `width` between."""
    return 1 / (1 + np.exp(np.clip(distance / width, -40, 40) * 4))


def ellipse(x, y, centre_x, centre_y, radius_x, radius_y, power=2.0):
    """Signed: negative inside, 0 on the rim."""
    return (np.abs((x - centre_x) / radius_x) ** power + np.abs((y - centre_y) / radius_y) ** power) ** (1 / power) - 1


def smooth_noise(generator, shape, cells):
    """Clouds of about `cells` across, mean 0, standard deviation 1."""
    coarse = generator.normal(0, 1, (cells, cells)).astype(np.float32)
    clouds = np.asarray(Image.fromarray(coarse).resize((shape[1], shape[0]), Image.BICUBIC))
    return (clouds - clouds.mean()) / clouds.std()


class Chest:
    """Coordinates: x from -1 (the picture's left, the patient's right) to 1, y from -1 (top) to 1."""

    def __init__(self, height, width, seed):
        self.generator = np.random.default_rng(seed)
        u = self.generator.uniform
        aspect = width / height
        y, x = np.mgrid[0:height, 0:width]
        x = (2 * (x + 0.5) / width - 1) * max(1.0, aspect / 0.95)
        y = (2 * (y + 0.5) / height - 1) * max(1.0, 0.8 / aspect)
        tilt, self.shape = u(-0.04, 0.04), (height, width)
        self.x, self.y = x + tilt * y + u(-0.04, 0.04), y - tilt * x + u(-0.05, 0.03)
        self.girth = u(0.92, 1.04)  # half the body's width
        self.lung_base = u(0.36, 0.56)  # y of the domes' tops
        self.heart_size = u(0.9, 1.2)

    def body(self):
        x, y = self.x, self.y
        trunk = ellipse(x, y, 0, 0.55, self.girth, 1.42, 3.2)
        neck = np.maximum(np.abs(x) / 0.3 - 1, y + 0.6)
        slope = np.maximum(np.abs(x) * 0.42 - 0.98 - y, np.abs(x) - self.girth * 1.15)  # the shoulders
        inside = np.maximum(soft(np.maximum(trunk, slope), 0.03), soft(neck, 0.16))
        depth = np.sqrt(np.clip(1 - (x / (self.girth * 1.18)) ** 2, 0.05, 1))
        return inside * depth * (0.85 + 0.12 * y)

    def lungs(self):
        """Right and left lung, 0..1; the apex is narrow, the base is cut by the dome of the diaphragm."""
        masks = []
        for side in (-1, 1):
            x = self.x * side
            widening = 0.32 * np.clip((self.y + 0.85) / 1.2, 0, 1) ** 0.6 + 0.15
            outline = ellipse(x, self.y, 0.1 + widening * 0.82, 0.05, widening * 0.88, 0.84, 2.3)
            top = self.lung_base - (0.06 if side < 0 else 0.0)
            dome = self.y - (top + 0.9 * (x - 0.42) ** 2)
            masks.append(soft(np.maximum(outline, dome), 0.04))
        return masks

    def heart(self):
        size = self.heart_size
        muscle = ellipse(self.x - 0.35 * (self.y - 0.26), self.y, 0.14, 0.26, 0.33 * size, 0.36 * size, 2.2)
        atrium = ellipse(self.x, self.y, -0.12, 0.26, 0.14 * size, 0.25 * size)
        arch = ellipse(self.x, self.y, 0.11, -0.24, 0.1, 0.11)
        trunk = ellipse(self.x, self.y, 0.02, -0.35, 0.13, 0.6)
        return np.maximum.reduce((soft(muscle, 0.09), 0.75 * soft(atrium, 0.12), 0.75 * soft(arch, 0.2),
                                  0.8 * soft(trunk, 0.2)))

    def spine(self):
        x, y = self.x, self.y
        column = soft(np.abs(x) - 0.085, 0.02)
        discs = 0.5 + 0.5 * np.cos(2 * np.pi * (y * 5.6 + 0.3 * self.generator.uniform()))
        processes = np.exp(-(x / 0.025) ** 2) * discs ** 4
        return column * (0.75 + 0.25 * discs) + 0.35 * processes

    def ribs(self):
        """Ten pairs: the back part falls slowly outwards and bends down at the wall, the front part comes back inwards."""
        x, y = np.abs(self.x), self.y
        total = np.zeros(self.shape)
        start = -0.8 + self.generator.uniform(-0.03, 0.03)
        for i in range(10):
            reach = 0.36 + 0.5 * min(1.0, (i + 1) / 5.5) ** 0.8  # how far outwards this pair goes
            t = np.clip(x / reach, 0, 1.2)
            back = y - (start + 0.145 * i - 0.07 * np.sin(np.pi * t * 0.9) + 0.22 * t ** 4)
            front = y - (start + 0.145 * i + 0.26 + 0.34 * (1 - t))
            within = soft(x - reach, 0.02) * soft(0.07 - x, 0.02)
            for distance, strength, half in ((back, 0.55, 0.03), (front, 0.26, 0.034)):
                bone = soft(np.abs(distance) - half, 0.012)
                rim = np.exp(-((np.abs(distance) - half) / 0.01) ** 2)  # the cortex is denser
                cartilage = 1 if distance is back else soft(0.45 * reach - x, 0.08)
                total += within * strength * cartilage * (0.7 * bone + 0.35 * rim)
        return total

    def clavicles(self):
        x = np.abs(self.x)
        distance = self.y + 0.72 - 0.1 * np.sin(4.5 * x) + 0.12 * x
        within = soft(x - 0.8, 0.03) * soft(0.08 - x, 0.02)
        return within * (0.5 * soft(np.abs(distance) - 0.032, 0.015)
                         + 0.3 * np.exp(-((np.abs(distance) - 0.032) / 0.012) ** 2))

    def scapulae(self):
        x = np.abs(self.x)
        return 0.3 * soft(ellipse(x - 0.25 * (self.y + 0.5), self.y, 0.74, -0.38, 0.12, 0.36), 0.15)

    def vessels(self):
        """Branches that run from the hila outwards, ever thinner."""
        height, width = self.shape
        sheet = Image.new("L", (width * 2, height * 2), 0)
        draw, u = ImageDraw.Draw(sheet), self.generator.uniform

        def grow(x, y, angle, thickness, length):
            if thickness < 0.35 or length < 0.02:
                return
            for _ in range(5):
                angle += u(-0.22, 0.22)
                end = x + np.cos(angle) * length / 5, y + np.sin(angle) * length / 5
                line = [(x + 1) * width, (y + 1) * height, (end[0] + 1) * width, (end[1] + 1) * height]
                draw.line(line, fill=int(70 + 25 * min(thickness, 6)), width=max(1, round(thickness * height / 260)))
                x, y = end
            for turn in (u(0.2, 0.65), -u(0.2, 0.65)):
                grow(x, y, angle + turn, thickness * u(0.6, 0.78), length * u(0.68, 0.85))

        for side in (-1, 1):
            for angle in np.linspace(-1.35, 1.45, 7):
                direction = angle if side > 0 else np.pi - angle
                grow(side * 0.2, -0.02, direction + u(-0.15, 0.15), u(3.4, 5.2), u(0.16, 0.24))
        sheet = sheet.resize((width, height), Image.BOX).filter(ImageFilter.GaussianBlur(height / 330))
        return np.asarray(sheet) / 255.0

    def attenuation(self, opacity=0.0):
        """Line integrals, in units where the body's thickest part without lungs is about 1."""
        body, lungs = self.body(), self.lungs()
        lung = np.maximum(*lungs)
        tissue = body * (1 - 0.72 * lung) * (1 + 0.03 * smooth_noise(self.generator, self.shape, 9))
        tissue += body * self.heart() * (0.06 + 0.42 * lung) + 0.2 * self.spine() * (body > 0.05)
        tissue += 0.3 * self.ribs() * (0.35 + 0.65 * lung) * soft(-body + 0.3, 0.1)
        tissue += body * (0.42 * self.clavicles() + 0.35 * self.scapulae())
        tissue += lung * (0.24 * self.vessels() + 0.012 * smooth_noise(self.generator, self.shape, 60))
        if opacity:
            centre_x, centre_y = self.generator.choice((-0.45, 0.5)), self.generator.uniform(-0.3, 0.3)
            patch = soft(ellipse(self.x, self.y, centre_x, centre_y, 0.24, 0.24), 0.5)
            tissue += opacity * lung * patch * (1 + 0.5 * smooth_noise(self.generator, self.shape, 14))
        gas = soft(ellipse(self.x, self.y, 0.38, self.lung_base + 0.17, 0.13, 0.09), 0.3)
        return tissue * (1 - 0.35 * gas)


def film(height, width, seed, opacity=0.0, exposure=1.0, noise=0.012, marker="L"):
    """A finished film: float [height, width] in 0..1, bright where much was absorbed."""
    chest = Chest(height, width, seed)
    weakened = chest.attenuation(opacity)
    level = 1 - np.exp(-1.6 * exposure * np.clip(weakened, 0, None))
    level = np.clip((level - 0.02) / 0.93, 0, 1) ** 1.15
    level = level + chest.generator.normal(0, 1, level.shape) * noise * (0.5 + level)
    stamp = np.asarray(draw_marker(height, width, marker)) / 255.0
    return np.clip(np.maximum(level, 0.97 * stamp), 0, 1)


def draw_marker(height, width, letter):
    """The lead letter that says which side is the patient's left, as strokes."""
    sheet = Image.new("L", (width, height), 0)
    left, top, size = int(width * (0.9 if letter == "L" else 0.06)), int(height * 0.06), max(8, int(height * 0.045))
    strokes = {"L": [(0, 0, 0, 1), (0, 1, 0.6, 1)],
               "R": [(0, 0, 0, 1), (0, 0, 0.6, 0), (0.6, 0, 0.6, 0.5), (0.6, 0.5, 0, 0.5), (0.2, 0.5, 0.6, 1)]}
    for x0, y0, x1, y1 in strokes[letter]:
        ends = [left + x0 * size, top + y0 * size, left + x1 * size, top + y1 * size]
        ImageDraw.Draw(sheet).line(ends, fill=255, width=max(2, size // 7))
    return sheet
