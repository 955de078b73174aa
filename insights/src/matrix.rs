//! Symmetric matrices: their eigenvalues, and elimination in place.

/// What counts as nothing beside the largest.
const NOTHING: f64 = 1e-9;
/// Jacobi's sweeps end long before.
const SWEEPS_MAX: usize = 64;

/// A symmetric matrix.
#[derive(Debug, Clone, PartialEq)]
pub struct Symmetric {
    size: usize,
    cells: Vec<f64>,
}

impl Symmetric {
    /// Makes a matrix of its cells on and above the diagonal, (row, column).
    pub fn new(size: usize, mut cell: impl FnMut(usize, usize) -> f64) -> Self {
        let mut matrix = Self { size, cells: vec![0.0; size * size] };
        for row in 0..size {
            for column in row..size {
                let value = cell(row, column);
                matrix.cells[row * size + column] = value;
                matrix.cells[column * size + row] = value;
            }
        }
        matrix
    }

    /// Returns how many rows it has.
    pub fn size(&self) -> usize {
        self.size
    }

    /// Returns a cell.
    pub fn get(&self, row: usize, column: usize) -> f64 {
        self.cells[row * self.size + column]
    }

    /// Returns the eigenvalues and, column by column, the eigenvectors (Jacobi's method, cyclic by rows).
    pub fn eigen(&self) -> (Vec<f64>, Vec<Vec<f64>>) {
        let size = self.size;
        let mut matrix = self.cells.clone();
        let mut vectors: Vec<Vec<f64>> =
            (0..size).map(|column| (0..size).map(|row| f64::from(u8::from(row == column))).collect()).collect();
        let scale = matrix.iter().fold(0.0, |largest: f64, cell| largest.max(cell.abs()));
        for _ in 0..SWEEPS_MAX {
            let mut rotated = false;
            for p in 0..size {
                for q in p + 1..size {
                    let off = matrix[p * size + q];
                    if off.abs() <= f64::EPSILON * scale {
                        continue;
                    }
                    rotated = true;
                    let theta = (matrix[q * size + q] - matrix[p * size + p]) / (2.0 * off);
                    let tangent = theta.signum() / (theta.abs() + theta.hypot(1.0));
                    rotate(&mut matrix, &mut vectors, (p, q), tangent);
                }
            }
            if !rotated {
                break;
            }
        }
        ((0..size).map(|index| matrix[index * size + index]).collect(), vectors)
    }

    /// Returns the positive root, and the root of the pseudo-inverse: what lies in a direction without extent counts as nothing.
    pub fn roots(&self) -> (Symmetric, Symmetric) {
        let (values, vectors) = self.eigen();
        let floor = values.iter().fold(0.0, |largest: f64, value| largest.max(*value)) * NOTHING;
        let root = |inverse: bool| {
            Self::new(self.size, |row, column| {
                let real = values.iter().zip(&vectors).filter(|(value, _)| **value > floor);
                real.map(|(value, vector)| {
                    let root = if inverse { 1.0 / value.sqrt() } else { value.sqrt() };
                    root * vector[row] * vector[column]
                })
                .sum()
            })
        };
        (root(false), root(true))
    }
}

/// Turns the plane of rows p and q until their cell is 0.
fn rotate(matrix: &mut [f64], vectors: &mut [Vec<f64>], (p, q): (usize, usize), tangent: f64) {
    let size = vectors.len();
    let cosine = 1.0 / tangent.hypot(1.0);
    let sine = tangent * cosine;
    let turn = |a: f64, b: f64| (cosine * a - sine * b, sine * a + cosine * b);
    for row in 0..size {
        let (a, b) = turn(matrix[row * size + p], matrix[row * size + q]);
        (matrix[row * size + p], matrix[row * size + q]) = (a, b);
    }
    for column in 0..size {
        let (a, b) = turn(matrix[p * size + column], matrix[q * size + column]);
        (matrix[p * size + column], matrix[q * size + column]) = (a, b);
    }
    let (before, after) = vectors.split_at_mut(q);
    for (a, b) in before[p].iter_mut().zip(&mut after[0]) {
        (*a, *b) = turn(*a, *b);
    }
}

/// A symmetric matrix under elimination (Goodnight, "A tutorial on the sweep operator", 1979): a column swept in holds coefficients, and on the
/// diagonal its cell of the inverse.
#[derive(Debug, Clone)]
pub struct Swept {
    matrix: Symmetric,
    diagonal: Vec<f64>,
}

impl Swept {
    /// Begins with nothing swept in.
    pub fn new(matrix: Symmetric) -> Self {
        let diagonal = (0..matrix.size).map(|index| matrix.get(index, index)).collect();
        Self { matrix, diagonal }
    }

    /// Returns a cell as it is now.
    pub fn get(&self, row: usize, column: usize) -> f64 {
        self.matrix.get(row, column)
    }

    /// Sweeps a column in, unless those before it already say all it does; tells whether it did.
    pub fn sweep(&mut self, pivot: usize) -> bool {
        let size = self.matrix.size;
        let cells = &mut self.matrix.cells;
        let on_diagonal = cells[pivot * size + pivot];
        if !on_diagonal.is_finite() || on_diagonal <= NOTHING * self.diagonal[pivot] {
            return false;
        }
        for column in 0..size {
            cells[pivot * size + column] /= on_diagonal;
        }
        for row in (0..size).filter(|row| *row != pivot) {
            let factor = cells[row * size + pivot];
            for column in (0..size).filter(|column| *column != pivot) {
                cells[row * size + column] -= factor * cells[pivot * size + column];
            }
            cells[row * size + pivot] = -factor / on_diagonal;
        }
        cells[pivot * size + pivot] = 1.0 / on_diagonal;
        true
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_root_squared_is_the_matrix() {
        let cells = [[4.0, 1.0, -2.0], [1.0, 3.0, 0.5], [-2.0, 0.5, 5.0]];
        let matrix = Symmetric::new(3, |row, column| cells[row][column]);
        let (root, inverse) = matrix.roots();
        let places = (0..3).flat_map(|row| (0..3).map(move |column| (row, column)));
        for (row, column) in places {
            let squared: f64 = (0..3).map(|k| root.get(row, k) * root.get(k, column)).sum();
            assert!((squared - matrix.get(row, column)).abs() < 1e-12, "{squared} at {row}, {column}");
            let one: f64 = (0..3).map(|k| root.get(row, k) * inverse.get(k, column)).sum();
            assert!((one - f64::from(u8::from(row == column))).abs() < 1e-12, "{one} at {row}, {column}");
        }
    }

    #[test]
    fn what_the_others_already_say_is_not_swept_in() {
        let mut swept =
            Swept::new(Symmetric::new(3, |row, column| if row < 2 && column < 2 { 1.0 } else { [0.5, 0.5, 1.0][row] }));
        assert!(swept.sweep(0));
        assert!(!swept.sweep(1), "the same column again");
        assert_eq!(swept.get(2, 2), 0.75, "what the first leaves of the third");
    }
}
