import type { Board } from '../board';
import { CASES } from './cases';
import { EXECUTIVE } from './executive';
import { MARKETING } from './marketing';
import { MEANING } from './meaning';
import { OPERATOR } from './operator';
import { PRODUCT } from './product';
import { QUOTES } from './quotes';
import { SERVICE } from './service';
import { STORES } from './stores';

/** Every board. */
export const BOARDS: Board[] = [EXECUTIVE, PRODUCT, SERVICE, STORES, MARKETING, CASES, OPERATOR, QUOTES, MEANING];
