//! Room for labels: none lies over another, and none outside the picture.

use std::f64::consts::TAU;

/// A rectangle in a picture.
#[derive(Debug, Clone, Copy, PartialEq)]
pub(crate) struct Room {
    pub(crate) x: f64,
    pub(crate) y: f64,
    pub(crate) width: f64,
    pub(crate) height: f64,
}

impl Room {
    /// Returns the rectangle of that size around a point.
    pub(crate) fn around((x, y): (f64, f64), (width, height): (f64, f64)) -> Self {
        Self { x: x - width / 2.0, y: y - height / 2.0, width, height }
    }

    /// Returns the middle.
    pub(crate) fn middle(&self) -> (f64, f64) {
        (self.x + self.width / 2.0, self.y + self.height / 2.0)
    }

    /// Tells whether the two have a point in common.
    pub(crate) fn meets(&self, other: &Self) -> bool {
        self.x < other.x + other.width
            && other.x < self.x + self.width
            && self.y < other.y + other.height
            && other.y < self.y + self.height
    }

    fn holds(&self, inner: &Self) -> bool {
        inner.x >= self.x
            && inner.y >= self.y
            && inner.x + inner.width <= self.x + self.width
            && inner.y + inner.height <= self.y + self.height
    }
}

/// What is taken of a picture.
#[derive(Debug)]
pub(crate) struct Board {
    bounds: Room,
    taken: Vec<Room>,
}

impl Board {
    /// Begins with nothing taken.
    pub(crate) fn new(bounds: Room) -> Self {
        Self { bounds, taken: Vec::new() }
    }

    /// Takes a place, whatever is there.
    pub(crate) fn take(&mut self, room: Room) {
        self.taken.push(room);
    }

    /// Takes the first of these places that is free.
    pub(crate) fn first_free(&mut self, places: impl Iterator<Item = Room>) -> Option<Room> {
        let free = |room: &Room| self.bounds.holds(room) && !self.taken.iter().any(|taken| taken.meets(room));
        let room = places.into_iter().find(free)?;
        self.taken.push(room);
        Some(room)
    }
}

/// Places of a label beside its point: right, left, above, below, then in rings farther away.
pub(crate) fn beside((x, y): (f64, f64), size: (f64, f64), gap: f64) -> impl Iterator<Item = Room> {
    let (width, height) = size;
    let near = [
        (x + gap + width / 2.0, y),
        (x - gap - width / 2.0, y),
        (x, y - gap - height / 2.0),
        (x, y + gap + height / 2.0),
    ];
    let rings = (1..=9).flat_map(move |ring| {
        let far = gap + f64::from(ring) * 8.0;
        (0..16).map(move |turn| {
            let angle = f64::from(turn) / 16.0 * TAU;
            (x + angle.cos() * (far + width / 2.0), y + angle.sin() * (far + height / 2.0))
        })
    });
    near.into_iter().chain(rings).map(move |middle| Room::around(middle, size))
}

/// Places of a word on a spiral from the middle of the picture outwards, flatter than wide where the picture is.
pub(crate) fn spiral(middle: (f64, f64), size: (f64, f64), flatness: f64, radius: f64) -> impl Iterator<Item = Room> {
    let steps = (radius * radius / 24.0) as u32;
    (0..steps).map(move |step| {
        // Equal distances along the spiral: the angle grows with the root.
        let angle = (f64::from(step) * 6.0).sqrt();
        let far = angle * 2.0;
        Room::around((middle.0 + far * angle.cos(), middle.1 + far * angle.sin() * flatness), size)
    })
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    proptest! {
        #[test]
        fn labels_never_meet_and_stay_inside(points in prop::collection::vec((0.0..300.0, 0.0..200.0, 10.0..90.0), 1..40)) {
            let bounds = Room { x: 0.0, y: 0.0, width: 300.0, height: 200.0 };
            let mut board = Board::new(bounds);
            let placed: Vec<Room> =
                points.iter().filter_map(|(x, y, width)| board.first_free(beside((*x, *y), (*width, 14.0), 5.0))).collect();
            prop_assert!(!placed.is_empty());
            for (index, room) in placed.iter().enumerate() {
                prop_assert!(bounds.holds(room));
                prop_assert!(placed[..index].iter().all(|other| !other.meets(room)));
            }
        }
    }
}
