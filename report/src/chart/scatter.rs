//! Points in a plane cut into four corners, each with its label.

use super::place::{Board, Room, beside};
use super::scale::{Scale, marks};
use super::text::{clip, width as wide};
use super::{LETTERS, line, px, rect, svg, words};
use crate::html::{Element, element};

/// An axis of the plane.
pub(crate) struct Axis<'a> {
    pub(crate) name: &'a str,
    pub(crate) ends: (f64, f64),
    /// Where the plane is cut.
    pub(crate) cut: Option<f64>,
    pub(crate) write: fn(f64) -> String,
}

/// The plane; corners are top left, top right, bottom left, bottom right.
pub(crate) struct Plane<'a> {
    pub(crate) x: Axis<'a>,
    pub(crate) y: Axis<'a>,
    pub(crate) corners: [&'a str; 4],
}

/// A point with its label.
#[derive(Debug, Clone)]
pub(crate) struct Point {
    pub(crate) label: String,
    pub(crate) x: f64,
    pub(crate) y: f64,
    /// The interval of `y`, where there is one.
    pub(crate) y_interval: Option<(f64, f64)>,
    /// The colour's class.
    pub(crate) class: &'static str,
}

const RADIUS: f64 = 5.0;

/// Draws the plane. A label that finds no room is left out, because the table beside the picture has it.
pub(crate) fn scatter(plane: &Plane, points: &[Point], width: f64) -> Element {
    let height = if width > 600.0 { 460.0 } else { 380.0 };
    let field = Room { x: 56.0, y: 10.0, width: width - 66.0, height: height - 54.0 };
    let x = Scale::new(plane.x.ends, (field.x, field.x + field.width));
    let y = Scale::new(plane.y.ends, (field.y + field.height, field.y));
    let mut drawn = axes(svg(width, height), plane, field, (&x, &y));
    let mut board = Board::new(field);
    for (corner, text) in plane.corners.iter().enumerate() {
        let (right, below) = (corner % 2 == 1, corner > 1);
        let text = clip(text, LETTERS, field.width / 2.0 - 16.0);
        let at_x = if right { field.x + field.width - 8.0 } else { field.x + 8.0 };
        let at_y = if below { field.y + field.height - 9.0 } else { field.y + 18.0 };
        // They are written bold, which is wider.
        let size = (wide(&text, LETTERS) * 1.15 + 8.0, 20.0);
        let middle = if right { at_x - size.0 / 2.0 + 4.0 } else { at_x + size.0 / 2.0 - 4.0 };
        board.take(Room::around((middle, at_y - 4.0), size));
        drawn = drawn.child(words("corner", if right { "end" } else { "start" }, (at_x, at_y), &text));
    }
    let middles: Vec<(f64, f64)> = points.iter().map(|point| (x.at(point.x), y.at(point.y))).collect();
    for (point, middle) in points.iter().zip(&middles) {
        board.take(Room::around(*middle, (RADIUS * 2.4, RADIUS * 2.4)));
        if let Some((low, high)) = point.y_interval {
            let (top, bottom) = (y.at(high), y.at(low));
            drawn = drawn.child(line(&format!("whisker {}", point.class), (middle.0, bottom), (middle.0, top)));
            board.take(Room { x: middle.0 - 3.0, y: top, width: 6.0, height: bottom - top });
        }
    }
    for (point, middle) in points.iter().zip(&middles) {
        drawn = label(drawn, point, *middle, (&mut board, width));
    }
    points.iter().zip(&middles).fold(drawn, |drawn, (point, middle)| {
        let dot = element("circle").class(&format!("dot {}", point.class)).with("cx", px(middle.0));
        let dot = dot.with("cy", px(middle.1)).with("r", px(RADIUS));
        drawn.child(dot.child(element("title").text(&point.label)))
    })
}

/// Writes a point's label where there is room, with a line to the point where it is not beside it.
fn label(drawn: Element, point: &Point, middle: (f64, f64), (board, width): (&mut Board, f64)) -> Element {
    let text = clip(&point.label, LETTERS, (width / 3.0).min(220.0));
    let size = (wide(&text, LETTERS) + 4.0, LETTERS * 1.4);
    let Some(room) = board.first_free(beside(middle, size, RADIUS + 2.0)) else { return drawn };
    let nearest = (middle.0.clamp(room.x, room.x + room.width), middle.1.clamp(room.y, room.y + room.height));
    let far = (nearest.0 - middle.0).hypot(nearest.1 - middle.1) > RADIUS + 6.0;
    let at = (room.x + room.width / 2.0, room.y + room.height / 2.0 + LETTERS * 0.35);
    drawn.children(far.then(|| line("leader", middle, nearest))).child(words("label", "middle", at, &text))
}

/// Draws the frame, the cuts, the marks and the names of the axes.
fn axes(drawn: Element, plane: &Plane, field: Room, (x, y): (&Scale, &Scale)) -> Element {
    let (right, bottom) = (field.x + field.width, field.y + field.height);
    let mut drawn = drawn.child(rect("field", (field.x, field.y), (field.width, field.height)));
    if let Some(cut) = plane.x.cut {
        drawn = drawn.child(line("cut", (x.at(cut), field.y), (x.at(cut), bottom)));
    }
    if let Some(cut) = plane.y.cut {
        drawn = drawn.child(line("cut", (field.x, y.at(cut)), (right, y.at(cut))));
    }
    for mark in marks(plane.x.ends, field.width / 130.0) {
        drawn = drawn.child(line("tick", (x.at(mark), bottom), (x.at(mark), bottom + 4.0)));
        drawn = drawn.child(words("number", "middle", (x.at(mark), bottom + 17.0), &(plane.x.write)(mark)));
    }
    for mark in marks(plane.y.ends, field.height / 70.0) {
        drawn = drawn.child(line("tick", (field.x - 4.0, y.at(mark)), (field.x, y.at(mark))));
        drawn = drawn.child(words("number", "end", (field.x - 7.0, y.at(mark) + 4.0), &(plane.y.write)(mark)));
    }
    let name = clip(plane.x.name, LETTERS, field.width);
    let drawn = drawn.child(words("axis-name", "middle", (field.x + field.width / 2.0, bottom + 36.0), &name));
    let at = (10.0, field.y + field.height / 2.0);
    let name = words("axis-name", "middle", at, &clip(plane.y.name, LETTERS, field.height));
    drawn.child(name.with("transform", format!("rotate(-90 {} {})", px(at.0), px(at.1))))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_point_is_drawn_and_crowded_labels_keep_apart() {
        let axis = |name| Axis { name, ends: (0.0, 1.0), cut: Some(0.5), write: |value| format!("{value:.1}") };
        let plane = Plane { x: axis("performance"), y: axis("importance"), corners: ["a", "b", "c", "d"] };
        let points: Vec<Point> = (0..12)
            .map(|index| Point {
                label: format!("driver {index}"),
                x: 0.5,
                y: 0.5 + f64::from(index) / 1000.0,
                y_interval: None,
                class: "",
            })
            .collect();
        for width in [super::super::WIDE, super::super::NARROW] {
            let drawn = scatter(&plane, &points, width).to_string();
            assert_eq!(drawn.matches("<circle").count(), 12);
            assert_eq!(drawn.matches("class=\"label\"").count(), 12, "all find room at {width}");
        }
    }
}
