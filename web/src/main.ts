// SPDX-License-Identifier: Apache-2.0
import "./ui/model_form";
import "./ui/encoder_choice";
import "./ui/file_drop";
import "./ui/image_grid";
import "./ui/notices";
import "./ui/progress";
import "./ui/refused_list";
import "./ui/save_form";
import { Controller } from "./controller";

void new Controller().start();
